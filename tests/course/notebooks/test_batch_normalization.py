"""Do the check cells of BatchNormalization and Dropout accept finished code and find the mistakes they are made for?"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.generate.notebooks import build_notebook
from autograder.manifest import load_course
from coursenn.checking import CheckFailed

pytestmark = pytest.mark.usefixtures("reference")
Names = dict[str, Any]
TASKS = {t.id: t for t in load_course().tasks if t.notebook in ("BatchNormalization", "Dropout")}


@pytest.fixture(scope="module")
def cells() -> dict[str, list[Any]]:
    return {name: list(build_notebook(load_course(), name, "solution").cells) for name in ("BatchNormalization", "Dropout")}


@pytest.fixture(scope="module")
def run(cells: dict[str, list[Any]]) -> Callable[..., Names]:
    """A function that runs the check cell of a task after the import cell, with some names replaced."""

    def go(task: str, **replaced: Any) -> Names:
        notebook = cells[TASKS[task].notebook]
        sources = [c.source for c in notebook if c.cell_type == "code"]
        names: Names = {"np": np}
        exec(next(s for s in sources if "from coursenn.checking import" in s), names)
        names |= replaced
        exec(next(c.source for c in notebook if c.metadata.get("nbgrader", {}).get("grade_id") == task), names)
        return names

    return go


def layers() -> Any:
    import coursenn.layers as module

    return module


def net() -> Any:
    from coursenn.classifiers.fc_net import FullyConnectedNet

    return FullyConnectedNet


@pytest.mark.parametrize("task", TASKS)
def test_does_the_check_pass_finished_code(task: str, run: Callable[..., Names], capsys: pytest.CaptureFixture[str]) -> None:
    run(task)
    assert "passed" in capsys.readouterr().out


@pytest.mark.parametrize("task", TASKS)
def test_does_an_unfinished_task_show_its_own_message(task: str, run: Callable[..., Names]) -> None:
    def unfinished(*_: Any, **__: Any) -> Any:
        raise NotImplementedError(f"Task {task}")

    with pytest.raises(NotImplementedError, match=task):
        run(task, **{TASKS[task].functions[0].rpartition(".")[2]: unfinished})


def zero_dx(name: str) -> Callable[..., Any]:
    """Return a backward function that returns zeros for x, which a check of the outputs' sum would accept."""

    def wrong(dout: Any, cache: Any) -> Any:
        result = getattr(layers(), name)(dout, cache)
        return (0 * result[0], *result[1:]) if isinstance(result, tuple) else 0 * result

    return wrong


def without_eps(x: Any, gamma: Any, beta: Any, bn_param: Names) -> Any:
    """Run batch normalization without eps in training mode."""
    eps = bn_param.get("eps", 1e-5)
    bn_param["eps"] = eps if bn_param["mode"] == "test" else 1e-300
    result = layers().batchnorm_forward(x, gamma, beta, bn_param)
    bn_param["eps"] = eps
    return result


def corrected_variance(x: Any, gamma: Any, beta: Any, bn_param: Names) -> Any:
    """Run batch normalization with the variance divided by N - 1."""
    n = len(x)
    out, cache = layers().batchnorm_forward(x, gamma, beta, bn_param)
    return ((out - beta) * np.sqrt((n - 1) / n) + beta if bn_param["mode"] == "train" else out), cache


def batch_in_test_mode(x: Any, gamma: Any, beta: Any, bn_param: Names) -> Any:
    """Run batch normalization that uses the minibatch's statistics even in test mode."""
    return layers().batchnorm_forward(x, gamma, beta, bn_param if bn_param["mode"] == "train" else {"mode": "train"})


def over_the_columns(x: Any, gamma: Any, beta: Any, ln_param: Names) -> Any:
    """Run layer normalization over the wrong axis."""
    return layers().batchnorm_forward(x, gamma, beta, {"mode": "train", **ln_param})


def gamma_after_the_mean(dout: Any, cache: Any) -> Any:
    """Multiply by gamma at the end, which is right in batch normalization and wrong in layer normalization."""
    x_hat, std, gamma = cache
    dx, dgamma, dbeta = layers().layernorm_backward(dout, (x_hat, std, np.ones_like(gamma)))
    return dx * gamma, dgamma, dbeta


def undivided(x: Any, dropout_param: Names) -> Any:
    """Run dropout without the division by p."""
    out, cache = layers().dropout_forward(x, dropout_param)
    return out * (dropout_param["p"] if dropout_param["mode"] == "train" else 1), cache


def dropping_p(x: Any, dropout_param: Names) -> Any:
    """Run dropout with p as the probability of dropping."""
    return layers().dropout_forward(x, dropout_param | {"p": 1 - dropout_param["p"]})


def always_off(x: Any, dropout_param: Names) -> Any:
    """Run dropout that never drops."""
    return layers().dropout_forward(x, dropout_param | {"mode": "test"})


def no_norm_backward(dout: Any, cache: Any) -> Any:
    """Run the sandwich's backward pass without the ReLU."""
    from coursenn.layer_utils import affine_norm_relu_backward

    normalization, affine, norm, relu = cache
    return affine_norm_relu_backward(dout, (normalization, affine, norm, np.ones_like(relu)))


@pytest.mark.parametrize(
    ("task", "function", "wrong"),
    [
        ("batchnorm-forward", "batchnorm_forward", without_eps),
        ("batchnorm-forward", "batchnorm_forward", corrected_variance),
        ("batchnorm-forward", "batchnorm_forward", batch_in_test_mode),
        ("batchnorm-backward", "batchnorm_backward", zero_dx("batchnorm_backward")),
        ("batchnorm-backward-alt", "batchnorm_backward_alt", zero_dx("batchnorm_backward_alt")),
        ("affine-norm-relu", "affine_norm_relu_backward", no_norm_backward),
        ("layernorm-forward", "layernorm_forward", over_the_columns),
        ("layernorm-backward", "layernorm_backward", zero_dx("layernorm_backward")),
        ("layernorm-backward", "layernorm_backward", gamma_after_the_mean),
        ("dropout-forward", "dropout_forward", undivided),
        ("dropout-forward", "dropout_forward", dropping_p),
        ("dropout-forward", "dropout_forward", always_off),
        ("dropout-backward", "dropout_backward", zero_dx("dropout_backward")),
    ],
)
def test_does_the_check_catch_a_wrong_layer(task: str, function: str, wrong: Callable[..., Any], run: Callable[..., Names]) -> None:
    with pytest.raises(CheckFailed):
        run(task, **{function: wrong})


def never_in_test_mode(self: Any, X: Any, y: Any = None) -> Any:
    """Return scores with the statistics of the batch, as if the mode were stored under a wrong key."""
    if y is not None:
        return self.right_loss(X, y)
    found: list[Any] = []
    import coursenn.classifiers.fc_net as module

    softmax, module.softmax_loss = module.softmax_loss, lambda scores, _: (found.append(scores), softmax(scores, np.zeros(len(X), int)))[1]
    try:
        self.right_loss(X, np.zeros(len(X), int))
    finally:
        module.softmax_loss = softmax
    return found[0]


def last_layer_penalty(self: Any, X: Any, y: Any = None) -> Any:
    """Regularize only the last layer."""
    reg, self.reg = self.reg, 0.0
    result = self.right_loss(X, y)
    self.reg = reg
    if y is None:
        return result
    loss, grads = result
    last = f"W{self.num_layers}"
    grads[last] = grads[last] + reg * self.params[last]
    return loss + 0.5 * reg * np.sum(self.params[last] ** 2), grads


def some_gradients(self: Any, X: Any, y: Any = None) -> Any:
    """Return only the gradients of the last layer."""
    result = self.right_loss(X, y)
    return result if y is None else (result[0], {k: g for k, g in result[1].items() if "3" in k})


def ignores_dropout(self: Any, X: Any, y: Any = None) -> Any:
    """Run a network without dropout."""
    self.use_dropout = False
    return self.right_loss(X, y)


def drops_in_test_mode(self: Any, X: Any, y: Any = None) -> Any:
    """Return scores with dropout."""
    return never_in_test_mode(self, X, y)


@pytest.mark.parametrize(
    ("task", "loss"),
    [
        ("fc-net-normalization", never_in_test_mode),
        ("fc-net-normalization", last_layer_penalty),
        ("fc-net-normalization", some_gradients),
        ("fc-net-dropout", ignores_dropout),
        ("fc-net-dropout", drops_in_test_mode),
    ],
)
def test_does_the_check_catch_a_wrong_network(task: str, loss: Callable[..., Any], run: Callable[..., Names]) -> None:
    wrong = type("FullyConnectedNet", (net(),), {"loss": loss, "right_loss": net().loss})
    with pytest.raises(CheckFailed):
        run(task, FullyConnectedNet=wrong)


def test_is_a_network_without_layer_normalization_noticed(cells: dict[str, list[Any]]) -> None:
    """Does a cell of the notebook fail for a network that ignores layer normalization, which every graded cell accepts?"""
    source = next(c.source for c in cells["BatchNormalization"] if "FullyConnectedNet with layer normalization" in c.source)
    from coursenn.checking import checking

    def plain(*args: Any, **kwargs: Any) -> Any:
        return net()(*args, **kwargs | {"normalization": None})

    exec(source, {"np": np, "checking": checking, "FullyConnectedNet": net()})
    with pytest.raises(CheckFailed, match="it normalises"):
        exec(source, {"np": np, "checking": checking, "FullyConnectedNet": plain})


@pytest.mark.parametrize(
    ("name", "heading", "needed"),
    [
        ("BatchNormalization", "weight scale", ["plain: loss", "bn 0.0001"]),
        ("BatchNormalization", "batch size", ["updates, 3 seeds", "error of the mean"]),
        ("BatchNormalization", "when does layer normalization", ["different outputs", "weights times"]),
        ("Dropout", "without the division", ["mean out, train"]),
        ("Dropout", "dropout as a regularizer", ["gap", "seeds"]),
    ],
)
def test_does_the_text_contain_the_tables_for_the_questions(name: str, heading: str, needed: list[str]) -> None:
    """Can a student whose code is unfinished read the numbers that the questions are about?"""
    texts = [c.source for c in build_notebook(load_course(), name, "student").cells if c.cell_type == "markdown"]
    (text,) = [t for t in texts if re.search(rf"### Question: {heading}", t)]
    assert [n for n in needed if n not in text] == []
