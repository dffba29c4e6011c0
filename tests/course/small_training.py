"""A small training problem, a network and a Solver for it, for the tests of the Solver and of its checkpoints."""

from __future__ import annotations

from typing import Any

import numpy as np

from coursenn.classifiers.fc_net import FullyConnectedNet
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
