"""The Solver: trains a network on a set of labelled examples, watches its accuracy, and keeps the best parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from . import optim
from ._bars import progress_bar
from .checkpoint import load_tree, save_tree

Array = np.ndarray[Any, np.dtype[Any]]
Rule = Callable[..., tuple[Array, dict[str, Any]]]

HYPERPARAMETERS: dict[str, Any] = {
    "update_rule": "sgd",
    "optim_config": {},
    "lr_decay": 1.0,
    "batch_size": 100,
    "num_epochs": 10,
    "num_train_samples": 1000,
    "num_val_samples": None,
    "print_every": 10,
    "verbose": True,
    "checkpoint_name": None,
    "progress": False,
}
"""Every keyword argument of `Solver` and its default."""

STATE = ("epoch", "iteration", "best_val_acc", "best_params", "best_bn_params", "loss_history", "train_acc_history", "val_acc_history")
"""The attributes of a `Solver` that change while it trains and that a checkpoint holds, beside those of the model."""


class Solver:
    """Minibatch training of a network.

    >>> solver = Solver(model, data, update_rule="adam", optim_config={"learning_rate": 1e-3}, num_epochs=5)  # doctest: +SKIP
    >>> solver.train()  # doctest: +SKIP

    Afterwards ``model.params`` are the parameters that did best on the validation set, and, where the network has batch
    normalization, ``model.bn_params`` hold the running averages of that same moment.

    Parameters
    ----------
    model : the network. It has a dictionary ``params`` of arrays and a method ``loss(X, y)`` that returns the loss and the
        gradients under the names of ``params``, or the scores (N, C) when y is left out. ``bn_params``, a list of dictionaries,
        may be there or not.
    data : a dictionary with ``X_train``, shape (N, d_1, ..., d_k), ``y_train``, shape (N,), ``X_val`` and ``y_val``.
    update_rule : name of a function of `coursenn.optim`, or ``"adam_fused"``, the Adam of `coursenn.fused` that changes parameters in
        place; default ``"sgd"``.
    optim_config : hyperparameters of the update rule, such as ``{"learning_rate": 1e-3}``; the rule has defaults of its own.
    lr_decay : factor of the learning rate after each epoch, above 0; default 1.
    batch_size : examples in a minibatch, at least 1; default 100.
    num_epochs : epochs to train, where one epoch is ``max(N // batch_size, 1)`` steps; default 10.
    num_train_samples : random training examples on which accuracy is measured; None for all; default 1000.
    num_val_samples : random validation examples on which accuracy is measured; None for all; default None.
    print_every : a line with the loss is printed every so many steps; default 10.
    verbose : whether to print anything; default True.
    checkpoint_name : when given, each epoch ends with a file ``<checkpoint_name>_epoch_<number>.npz``, from which
        `Solver.resume` continues; default None.
    progress : whether to show a progress bar, when tqdm is installed; default False. In a terminal it goes to stderr.

    Attributes
    ----------
    loss_history : list of the loss of every step.
    train_acc_history, val_acc_history : lists of accuracies, one after the first step and one after each epoch.
    best_val_acc : the best accuracy on the validation set.
    best_params, best_bn_params : parameters and running averages that reached it.

    Raises
    ------
    ValueError
        For an argument or an update rule that does not exist (the message names those that do), a batch size, number of
        epochs or print interval below 1, or data without examples.

    Notes
    -----
    The random draws come from numpy's global generator, always in the same order: each step draws the minibatch, with
    replacement, then the network draws what it needs (dropout); measuring accuracy draws only when a set has more examples
    than are asked for.
    """

    def __init__(self, model: Any, data: dict[str, Any], **kwargs: Any) -> None:
        unknown = sorted(set(kwargs) - set(HYPERPARAMETERS))
        if unknown:
            raise ValueError(f"Unrecognized arguments {', '.join(unknown)}: Solver knows {', '.join(HYPERPARAMETERS)}")
        self.model = model
        self.X_train, self.y_train = data["X_train"], data["y_train"]
        self.X_val, self.y_val = data["X_val"], data["y_val"]
        settings = {**HYPERPARAMETERS, **kwargs}
        self.update_rule_name: str = settings["update_rule"]
        self.update_rule = _find_rule(self.update_rule_name)
        # A numpy float64 among the hyperparameters would turn a float32 network into a float64 one.
        self.optim_config = {k: _plain(v) for k, v in (settings["optim_config"] or {}).items()}
        self.lr_decay: float = _plain(settings["lr_decay"])
        self.batch_size: int = settings["batch_size"]
        self.num_epochs: int = settings["num_epochs"]
        self.num_train_samples: int | None = settings["num_train_samples"]
        self.num_val_samples: int | None = settings["num_val_samples"]
        self.print_every: int = settings["print_every"]
        self.verbose: bool = settings["verbose"]
        self.checkpoint_name: str | None = settings["checkpoint_name"]
        self.progress: bool = settings["progress"]
        self._check_settings()
        self._bar: Any = None
        self._reset()

    def _check_settings(self) -> None:
        for name in ("batch_size", "num_epochs", "print_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be at least 1")
        for images, labels in (("X_train", "y_train"), ("X_val", "y_val")):
            counts = len(getattr(self, images)), len(getattr(self, labels))
            if counts[0] != counts[1] or counts[0] == 0:
                raise ValueError(f"{images} has {counts[0]} examples and {labels} {counts[1]}: both need the same number, at least one")

    def _reset(self) -> None:
        """Start the book-keeping of a training run."""
        self.epoch = 0
        self.iteration = 0
        self.best_val_acc = 0.0
        self.best_params: dict[str, Array] = {}
        self.best_bn_params: Any = None
        self.loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []
        self.optim_configs = {name: deepcopy(self.optim_config) for name in self.model.params}

    def _step(self) -> None:
        """Draw one minibatch and move every parameter once."""
        batch = np.random.choice(self.X_train.shape[0], self.batch_size)
        loss, grads = self.model.loss(self.X_train[batch], self.y_train[batch])
        self.loss_history.append(loss)
        for name, w in self.model.params.items():
            self.model.params[name], self.optim_configs[name] = self.update_rule(w, grads[name], self.optim_configs[name])

    def check_accuracy(self, X: Array, y: Array, num_samples: int | None = None, batch_size: int = 100) -> float:
        """Share of the examples to which the network gives the highest score of all classes.

        Parameters
        ----------
        X : examples, shape (N, d_1, ..., d_k), N at least 1.
        y : right classes, shape (N,).
        num_samples : when there are more examples than this, so many are drawn at random, with replacement.
        batch_size : how many examples go through the network at once.

        Returns
        -------
        accuracy, 0 .. 1.
        """
        N = X.shape[0]
        if num_samples is None or num_samples >= N:
            batches: list[Any] = [slice(i, i + batch_size) for i in range(0, N, batch_size)]
        else:
            # One batch is copied at a time, never all the examples.
            chosen = np.random.choice(N, num_samples)
            batches = [chosen[i : i + batch_size] for i in range(0, num_samples, batch_size)]
        right = [np.argmax(self.model.loss(X[batch]), axis=1) == y[batch] for batch in batches]
        return float(np.mean(np.concatenate(right)))

    def train(self) -> None:
        """Train for ``num_epochs`` epochs, then put the best parameters and running averages into the model.

        A resumed Solver trains what is left of them. Another call after the end trains as many epochs again.
        """
        per_epoch = max(self.X_train.shape[0] // self.batch_size, 1)
        total = self.num_epochs * per_epoch
        self._bar = progress_bar("training", total, self.iteration, unit="step") if self.progress else None
        try:
            while self.iteration < total:
                self._train_once(per_epoch, total)
        finally:
            if self._bar is not None:
                self._bar.close()
                self._bar = None
        self.iteration = 0
        self._restore_best()

    def _train_once(self, per_epoch: int, total: int) -> None:
        """One step, and what is due after it: log, decay, accuracy, checkpoint."""
        self._step()
        if self._bar is not None:
            self._bar.update()
        if self.verbose and self.iteration % self.print_every == 0:
            self._print(f"(Iteration {self.iteration + 1} / {total}) loss: {self.loss_history[-1]:f}")
        self.iteration += 1
        epoch_ends = self.iteration % per_epoch == 0
        if epoch_ends:
            self.epoch += 1
            for config in self.optim_configs.values():
                if "learning_rate" in config:
                    config["learning_rate"] *= self.lr_decay
        if epoch_ends or self.iteration == 1:
            self._measure()
        if epoch_ends and self.checkpoint_name is not None:
            self.save_checkpoint(f"{self.checkpoint_name}_epoch_{self.epoch}.npz")

    def _measure(self) -> None:
        """Measure both accuracies, and keep parameters and running averages when they are the best so far."""
        train_acc = self.check_accuracy(self.X_train, self.y_train, num_samples=self.num_train_samples)
        val_acc = self.check_accuracy(self.X_val, self.y_val, num_samples=self.num_val_samples)
        self.train_acc_history.append(train_acc)
        self.val_acc_history.append(val_acc)
        if self.verbose:
            self._print(f"(Epoch {self.epoch} / {self.num_epochs}) train acc: {train_acc:f}; val_acc: {val_acc:f}")
        if val_acc > self.best_val_acc or not self.best_params:
            self.best_val_acc = val_acc
            self.best_params = {name: np.array(w) for name, w in self.model.params.items()}
            self.best_bn_params = deepcopy(getattr(self.model, "bn_params", None))

    def _restore_best(self) -> None:
        """Put the best parameters into the model, with the running averages they were measured with."""
        if self.best_params:
            self.model.params = {name: np.array(w) for name, w in self.best_params.items()}
            _write_dicts(getattr(self.model, "bn_params", None), self.best_bn_params)

    def _print(self, line: str) -> None:
        if self._bar is None:
            print(line)
        else:
            self._bar.write(line)  # to stdout as well, and the bar stays whole

    def save_checkpoint(self, path: str | Path) -> None:
        """Write everything that the rest of the training depends on into one file.

        The file is written beside its place and renamed, so that the file of its name is always complete. It holds
        numbers and text only.

        Parameters
        ----------
        path : name of the file, which must end in ``.npz``.
        """
        state = {name: getattr(self, name) for name in STATE}
        settings = {name: getattr(self, name) for name in HYPERPARAMETERS if name not in ("update_rule", "checkpoint_name", "progress")}
        save_tree(
            path,
            {
                "state": state,
                "settings": {**settings, "update_rule": self.update_rule_name},
                "checkpoint_name": None if self.checkpoint_name is None else str(self.checkpoint_name),
                "optim_configs": self.optim_configs,
                "params": self.model.params,
                "bn_params": getattr(self.model, "bn_params", None),
                "random": list(np.random.get_state()),
            },
        )

    @classmethod
    def resume(cls, path: str | Path, model: Any, data: dict[str, Any], **kwargs: Any) -> Solver:
        """A Solver that continues where a checkpoint was written; its `train` gives exactly the numbers of an undisturbed run.

        Parameters
        ----------
        path : a file that `save_checkpoint` or a training with ``checkpoint_name`` wrote.
        model : a network of the same architecture; its parameters and running averages are replaced.
        data : the same data.
        **kwargs : arguments of `Solver` that shall differ from the interrupted run, such as a higher ``num_epochs``. A new
            ``optim_config`` has no effect, since the update rule continues from its own state.

        Returns
        -------
        the Solver. numpy's global generator is put into the state of the checkpoint.

        Raises
        ------
        ValueError
            When the file is not a checkpoint or belongs to a network with other parameters.
        """
        saved = load_tree(path)
        try:
            solver = cls(model, data, **{**saved["settings"], "checkpoint_name": saved["checkpoint_name"], **kwargs})
            _require_same_parameters(model.params, saved["params"], path)
            for name in STATE:
                setattr(solver, name, saved["state"][name])
            solver.optim_configs = saved["optim_configs"]
            random_state = tuple(saved["random"])
            bn_params = saved["bn_params"]
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path} is not a checkpoint of a Solver: {error} is missing or wrong") from error
        model.params = saved["params"]
        _write_dicts(getattr(model, "bn_params", None), bn_params)
        np.random.set_state(random_state)
        return solver


def _find_rule(name: str) -> Rule:
    """The update rule of that name, one of the public functions of `coursenn.optim` or the fused one."""
    rules: dict[str, Rule] = {k: f for k, f in vars(optim).items() if inspect.isfunction(f) and not k.startswith("_")}
    if name == "adam_fused" and name not in rules:
        from .fused import adam_fused

        return adam_fused
    if name not in rules:
        raise ValueError(f"Invalid update_rule {name!r}: coursenn.optim has {', '.join(sorted(rules))}, and coursenn.fused has adam_fused")
    return rules[name]


def _plain(value: Any) -> Any:
    """A numpy number as the number of Python; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def _write_dicts(live: Any, saved: Any) -> None:
    """Give the dictionaries of a list the contents that they had when they were saved."""
    if isinstance(live, list) and isinstance(saved, list):
        for target, source in zip(live, saved, strict=True):
            target.clear()
            target.update(deepcopy(source))


def _require_same_parameters(params: dict[str, Array], saved: dict[str, Array], path: str | Path) -> None:
    expected = {name: w.shape for name, w in params.items()}
    found = {name: np.shape(w) for name, w in saved.items()}
    if expected != found:
        wrong = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
        raise ValueError(f"{path} belongs to another network: {', '.join(wrong)} is missing or has another shape")
