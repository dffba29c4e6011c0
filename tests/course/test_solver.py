"""Does the Solver train as documented, and keep the best parameters with their running averages?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from coursenn import optim
from coursenn.classifiers.fc_net import TwoLayerNet
from coursenn.solver import Solver
from tests.course.small_training import make_data, make_net, make_solver

Array = np.ndarray[Any, np.dtype[Any]]


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
