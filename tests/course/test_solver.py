"""Does the Solver train as documented, keep the best parameters, and resume exactly from a checkpoint?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coursenn import optim
from coursenn.checkpoint import load_tree, save_tree
from coursenn.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from coursenn.solver import Solver

Array = np.ndarray[Any, np.dtype[Any]]


def make_data(train: int = 60, dtype: Any = np.float32) -> dict[str, Array]:
    """Return a small problem that a network can partly learn."""
    rng = np.random.default_rng(11)
    X = rng.standard_normal((train + 30, 2, 3)).astype(dtype)
    y = (X.reshape(len(X), -1) @ rng.standard_normal((6, 3))).argmax(axis=1)
    return {"X_train": X[:train], "y_train": y[:train], "X_val": X[train:], "y_val": y[train:]}


def make_net(**kwargs: Any) -> FullyConnectedNet:
    """Return a network for `make_data` from a fixed seed, with batch normalization and dropout."""
    np.random.seed(5)
    options = {"normalization": "batchnorm", "dropout_keep_ratio": 0.8, "weight_scale": 0.1, "reg": 1e-3}
    return FullyConnectedNet([7, 6], input_dim=6, num_classes=3, **{**options, **kwargs})


def make_solver(net: Any = None, data: Any = None, **kwargs: Any) -> Solver:
    """Return a Solver for them that prints nothing."""
    options = {"update_rule": "adam", "optim_config": {"learning_rate": 1e-2}, "batch_size": 20, "num_epochs": 4, "verbose": False}
    return Solver(net or make_net(), data or make_data(), **{**options, **kwargs})


class Recorder:
    """A model without learning that records the calls of `loss`."""

    def __init__(self, accuracies: list[float] | None = None) -> None:
        self.params = {"W": np.zeros(1)}
        self.bn_params = [{"mode": "train", "running_mean": np.zeros(1)}]
        self.accuracies = accuracies
        self.batches: list[Array] = []
        self.scored: list[Array] = []

    def loss(self, X: Array, y: Array | None = None) -> Any:
        if y is not None:
            self.batches.append(X)
            self.bn_params[0]["running_mean"] = self.bn_params[0]["running_mean"] + 1
            return 0.5, {"W": np.ones(1)}
        self.scored.append(X)
        scores = np.zeros((len(X), 2))
        if self.accuracies is not None:
            # Each epoch measures two accuracies of one batch each: the training set's and the validation set's.
            right = self.accuracies[min((len(self.scored) - 1) // 2, len(self.accuracies) - 1)]
            scores[round(right * len(X)) :, 1] = 1
        return scores


def zeros_data(train: int, val: int = 10) -> dict[str, Array]:
    """Return numbered examples, all of class 0."""
    return {
        "X_train": np.arange(float(train))[:, np.newaxis],
        "y_train": np.zeros(train, int),
        "X_val": np.arange(float(val))[:, np.newaxis],
        "y_val": np.zeros(val, int),
    }


# ------------------------------------------------------------------ training


def test_the_log_has_the_usual_format(capsys: pytest.CaptureFixture[str]) -> None:
    """Are the lines, their order and their numbers those of related courses?"""
    Solver(Recorder(), zeros_data(45), batch_size=10, num_epochs=2, print_every=3).train()
    expected = """(Iteration 1 / 8) loss: 0.500000
(Epoch 0 / 2) train acc: 1.000000; val_acc: 1.000000
(Iteration 4 / 8) loss: 0.500000
(Epoch 1 / 2) train acc: 1.000000; val_acc: 1.000000
(Iteration 7 / 8) loss: 0.500000
(Epoch 2 / 2) train acc: 1.000000; val_acc: 1.000000
"""
    assert capsys.readouterr().out == expected


def test_a_progress_bar_does_not_change_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    """Is stdout the same with a bar, which is printed on stderr?"""
    outputs = []
    for progress in (False, True):
        Solver(Recorder(), zeros_data(45), batch_size=10, num_epochs=2, progress=progress).train()
        outputs.append(capsys.readouterr())
    assert outputs[0].out == outputs[1].out
    assert outputs[0].err == ""
    assert "training" in outputs[1].err


def test_a_quiet_solver_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Does verbose=False print nothing on stdout and stderr?"""
    make_solver().train()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("train", [900, 1500])
def test_random_draws_come_in_the_documented_order(train: int) -> None:
    """Are random numbers drawn only for batches and for the sample of a large training set?"""
    data, model = zeros_data(train, val=1200), Recorder()
    np.random.seed(8)
    Solver(model, data, batch_size=500, num_epochs=1, verbose=False).train()
    after = np.random.rand()
    np.random.seed(8)
    steps = max(train // 500, 1)
    for step in range(steps):
        np.testing.assert_array_equal(model.batches[step][:, 0], np.random.choice(train, 500))
        if step in (0, steps - 1) and train > 1000:
            np.random.choice(train, 1000)
    assert np.random.rand() == after


def test_histories_have_the_documented_lengths() -> None:
    """Is there one loss for each step, and one accuracy after the first step and after each epoch?"""
    solver = make_solver()
    solver.train()
    assert (len(solver.loss_history), len(solver.train_acc_history), len(solver.val_acc_history)) == (12, 5, 5)
    assert solver.best_val_acc == max(solver.val_acc_history)
    assert solver.epoch == 4


def test_a_batch_larger_than_the_data_makes_one_step_an_epoch() -> None:
    """Does an epoch have at least one step?"""
    solver = make_solver(batch_size=1000)
    solver.train()
    assert len(solver.loss_history) == 4


def test_learning_rate_decays_after_each_epoch() -> None:
    """Is the rate of each parameter multiplied once in each epoch, and the caller's config unchanged?"""
    config = {"learning_rate": 0.5}
    solver = make_solver(lr_decay=0.5, optim_config=config)
    solver.train()
    assert {c["learning_rate"] for c in solver.optim_configs.values()} == {0.5 * 0.5**4}
    assert config == {"learning_rate": 0.5}


def test_the_best_parameters_are_restored_with_their_running_averages() -> None:
    """After training, does the model have the parameters and running averages of best_val_acc?"""
    model = Recorder(accuracies=[0.1, 0.3, 0.9, 0.2])
    solver = Solver(model, zeros_data(10), batch_size=10, num_epochs=4, verbose=False, optim_config={"learning_rate": 1.0})
    solver.train()
    assert solver.val_acc_history == [0.1, 0.3, 0.9, 0.2]
    assert solver.best_val_acc == 0.9
    # An epoch has one step here, so 0.9 was reached after the third step.
    np.testing.assert_array_equal(model.params["W"], [-3.0])
    np.testing.assert_array_equal(model.bn_params[0]["running_mean"], [3.0])


def test_validation_accuracy_after_training_is_the_best_one() -> None:
    """Is the accuracy of a network with batch normalization exactly best_val_acc?"""
    data, net = make_data(), make_net()
    solver = make_solver(net, data, num_epochs=11, optim_config={"learning_rate": 0.1})
    solver.train()
    assert solver.val_acc_history[-1] != solver.best_val_acc, "this seed cannot show it: the last epoch is the best one"
    assert solver.check_accuracy(data["X_val"], data["y_val"]) == solver.best_val_acc


def test_parameters_are_kept_if_no_answer_is_right() -> None:
    """Does a network whose accuracy is always 0 keep its parameters?"""
    model = Recorder(accuracies=[0.0])
    Solver(model, zeros_data(10), batch_size=10, num_epochs=1, verbose=False).train()
    assert set(model.params) == {"W"}


def test_a_rule_that_writes_in_place_does_not_spoil_the_best_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Are the best parameters copies, since a student's rule may write into w?"""

    def in_place(w: Array, dw: Array, config: Any = None) -> Any:
        w -= dw
        return w, config

    monkeypatch.setattr(optim, "in_place", in_place, raising=False)
    model = Recorder(accuracies=[0.9, 0.1])
    Solver(model, zeros_data(10), batch_size=5, num_epochs=2, update_rule="in_place", verbose=False).train()
    np.testing.assert_array_equal(model.params["W"], [-1.0])


@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop", "adam"])
def test_a_float32_network_trains_in_float32_throughout(rule: str) -> None:
    """Do parameters, optimiser state and running averages stay float32, even if hyperparameters are numpy numbers?"""
    net = make_net(reg=np.float64(1e-3))
    config = {"learning_rate": np.logspace(-3, -2, 2)[0]}
    solver = make_solver(net, make_data(dtype=np.float64), update_rule=rule, optim_config=config, lr_decay=np.float64(0.9))
    solver.train()
    state = [v for c in solver.optim_configs.values() for v in c.values() if isinstance(v, np.ndarray)]
    averages = [v for p in net.bn_params for v in p.values() if isinstance(v, np.ndarray)]
    assert averages
    assert {a.dtype for a in (*net.params.values(), *state, *averages)} == {np.dtype(np.float32)}
    assert bool(state) == (rule != "sgd")


def test_training_again_continues() -> None:
    """Does a second call of train continue for as many epochs?"""
    solver = make_solver(num_epochs=1)
    solver.train()
    solver.train()
    assert len(solver.loss_history) == 6
    assert solver.epoch == 2


def test_a_network_of_two_layers_learns() -> None:
    """Does training with the default rule lower the loss?"""
    np.random.seed(0)
    solver = make_solver(TwoLayerNet(6, 20, 3), update_rule="sgd", optim_config={"learning_rate": 0.5}, num_epochs=40)
    solver.train()
    assert solver.loss_history[-1] < 0.6 * solver.loss_history[0]
    assert solver.best_val_acc > 0.6


def test_check_accuracy_accepts_any_batch_size() -> None:
    """Is the accuracy that of all examples for any batch size?"""
    data, solver = make_data(), make_solver()
    expected = np.mean(solver.model.loss(data["X_val"]).argmax(axis=1) == data["y_val"])
    for size in (1, 7, 30, 100):
        assert solver.check_accuracy(data["X_val"], data["y_val"], batch_size=size) == expected
    assert 0 <= solver.check_accuracy(data["X_val"], data["y_val"], num_samples=5) <= 1


def test_is_at_most_one_batch_of_images_copied_at_a_time() -> None:
    """Does training copy no more than a batch, even for accuracies on random examples?"""

    class Watched(np.ndarray[Any, np.dtype[Any]]):
        def __getitem__(self, key: Any) -> Any:
            taken = super().__getitem__(key)
            copied.append(0 if np.shares_memory(taken, self) else len(taken))
            return np.asarray(taken)

    copied: list[int] = []
    data = make_data(train=250)
    data["X_train"], data["X_val"] = data["X_train"].view(Watched), data["X_val"].view(Watched)
    make_solver(data=data, num_train_samples=len(data["X_train"]) - 1, num_epochs=1).train()
    assert 0 < max(copied) <= 100


def test_does_the_fused_adam_train_like_adam() -> None:
    """Are the losses those of `optim.adam`, up to rounding, for the same random numbers?"""
    losses = []
    for rule in ("adam", "adam_fused"):
        np.random.seed(1)
        solver = make_solver(update_rule=rule)
        solver.train()
        losses.append(solver.loss_history)
    np.testing.assert_allclose(*losses, rtol=1e-4)


# ------------------------------------------------------------------ misuse


def test_unknown_arguments_and_rules_are_named() -> None:
    """Do the errors name the unknown argument or rule, and the known ones?"""
    with pytest.raises(ValueError, match=r"learning_rate: Solver knows update_rule, .*num_epochs"):
        make_solver(learning_rate=1e-3)
    with pytest.raises(ValueError, match=r"'adamw'.*adam, rmsprop, sgd, sgd_momentum, and coursenn.fused has adam_fused"):
        make_solver(update_rule="adamw")
    for name in ("np", "Array", "Any", "__doc__"):
        with pytest.raises(ValueError, match="Invalid update_rule"):
            make_solver(update_rule=name)


@pytest.mark.parametrize("name", ["batch_size", "num_epochs", "print_every"])
def test_numbers_below_one_are_refused(name: str) -> None:
    """Does the message name the argument?"""
    with pytest.raises(ValueError, match=f"{name} is 0"):
        make_solver(**{name: 0})


def test_data_that_do_not_fit_are_refused() -> None:
    """Are empty sets and unequal numbers of examples and labels refused?"""
    data = make_data()
    with pytest.raises(ValueError, match="X_val has 0 examples"):
        make_solver(data={**data, "X_val": data["X_val"][:0], "y_val": data["y_val"][:0]})
    with pytest.raises(ValueError, match="X_train has 60 examples and y_train 59"):
        make_solver(data={**data, "y_train": data["y_train"][1:]})


# ------------------------------------------------------------------ checkpoints


def result(solver: Solver) -> dict[str, Any]:
    """Return everything that must be equal for two equal runs."""
    return {
        "params": dict(solver.model.params),
        "averages": [dict(p) for p in solver.model.bn_params],
        "configs": solver.optim_configs,
        "histories": (solver.loss_history, solver.train_acc_history, solver.val_acc_history),
        "best": (solver.best_val_acc, solver.best_params),
        "epoch": solver.epoch,
        "next draw": np.random.rand(3),
    }


@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop", "adam"])
@pytest.mark.parametrize("epoch", [1, 3, 4])
def test_a_resumed_training_ends_like_an_uninterrupted_one(rule: str, epoch: int, tmp_path: Path) -> None:
    """Are all numbers exactly those of a run without interruption?"""
    data = make_data(train=1100)
    options = {"update_rule": rule, "batch_size": 300, "lr_decay": 0.9, "checkpoint_name": str(tmp_path / "run" / "net")}
    uninterrupted = make_solver(make_net(), data, **options)
    uninterrupted.train()
    expected = result(uninterrupted)
    np.random.seed(999)
    other = make_net(weight_scale=5.0)
    np.random.seed(998)
    solver = Solver.resume(tmp_path / "run" / f"net_epoch_{epoch}.npz", other, data)
    solver.train()
    np.testing.assert_equal(result(solver), expected)


def test_a_resumed_training_may_be_longer(tmp_path: Path) -> None:
    """Is a training of two epochs, resumed to four, one of four epochs?"""
    data = make_data()
    full = make_solver(make_net(), data)
    full.train()
    expected = full.loss_history, full.best_val_acc
    make_solver(make_net(), data, num_epochs=2, checkpoint_name=str(tmp_path / "net")).train()
    solver = Solver.resume(tmp_path / "net_epoch_2.npz", make_net(), data, num_epochs=4)
    solver.train()
    assert (solver.loss_history, solver.best_val_acc) == expected
    assert (tmp_path / "net_epoch_4.npz").is_file()


def test_one_checkpoint_is_written_in_each_epoch(tmp_path: Path) -> None:
    """Are there only the expected files, and can they be read without pickle?"""
    make_solver(checkpoint_name=str(tmp_path / "net")).train()
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"net_epoch_{i}.npz" for i in (1, 2, 3, 4)]
    with np.load(tmp_path / "net_epoch_1.npz", allow_pickle=False) as file:
        assert not any(file[name].dtype.hasobject for name in file.files)


def test_an_interrupted_write_leaves_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the older checkpoint unchanged, and is no other file left?"""
    path = tmp_path / "net.npz"
    make_solver().save_checkpoint(path)
    before = path.read_bytes()

    def savez(file: Any, **_: Array) -> None:
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", savez)
    with pytest.raises(OSError, match="No space"):
        make_solver().save_checkpoint(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["net.npz"]


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    """Does the message name the parameters that differ, and is the network unchanged?"""
    make_solver().save_checkpoint(tmp_path / "net.npz")
    other = FullyConnectedNet([7, 5], input_dim=6, num_classes=3)
    before = other.params["W1"].copy()
    with pytest.raises(ValueError, match=r"another network: W2, W3, b2, beta1"):
        Solver.resume(tmp_path / "net.npz", other, make_data())
    np.testing.assert_array_equal(other.params["W1"], before)


def test_damaged_files_and_other_files_are_refused(tmp_path: Path) -> None:
    """Does every file that is not a checkpoint give an error that names it, and is a pickle never loaded?"""
    path = tmp_path / "net.npz"
    make_solver().save_checkpoint(path)
    whole = path.read_bytes()
    wrong: dict[str, bytes] = {"half": whole[: len(whole) // 2], "text": b"hello", "empty": b""}
    for content in wrong.values():
        path.write_bytes(content)
        with pytest.raises(ValueError, match=re.escape(str(path))):
            Solver.resume(path, make_net(), make_data())
    for members in ({"a": np.ones(2)}, {"tree": np.array([{"a": 1}], dtype=object)}):
        np.savez(path, **members)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=re.escape(str(path))):
            Solver.resume(path, make_net(), make_data())
    save_tree(path, {"settings": {}})
    with pytest.raises(ValueError, match="not a checkpoint of a Solver"):
        Solver.resume(path, make_net(), make_data())
    with pytest.raises(FileNotFoundError):
        Solver.resume(tmp_path / "nothing.npz", make_net(), make_data())


def test_trees_are_read_back_unchanged(tmp_path: Path) -> None:
    """Are numbers and arrays read back exactly, with their dtype, and is anything else refused?"""
    tree = {
        "a": [1, 0.1, None, True, "text", float("nan")],
        "b": {"c": np.float32(0.1), "d": np.arange(6, dtype=np.int8).reshape(2, 3)},
        "dict": {},
    }
    save_tree(tmp_path / "tree.npz", tree)
    back = load_tree(tmp_path / "tree.npz")
    np.testing.assert_equal(back, tree)
    assert back["b"]["c"].dtype == np.float32
    assert back["b"]["d"].dtype == np.int8
    for bad in (object(), {1: 2}, np.array([None])):
        with pytest.raises(ValueError, match=r"stored|keys"):
            save_tree(tmp_path / "bad.npz", {"x": bad})
    assert [p.name for p in tmp_path.iterdir()] == ["tree.npz"]
    with pytest.raises(ValueError, match=r"\.npz"):
        save_tree(tmp_path / "tree.pkl", {})
