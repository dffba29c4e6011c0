"""Does a training resume exactly from a checkpoint, and is every other file refused?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coursenn.checkpoint import load_tree, save_tree
from coursenn.classifiers.fc_net import FullyConnectedNet
from coursenn.solver import Solver
from tests.course.small_training import make_data, make_net, make_solver

Array = np.ndarray[Any, np.dtype[Any]]


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
    """Is the older checkpoint unchanged, and the only file in the folder?"""
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
