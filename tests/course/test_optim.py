"""Do the update rules follow their formulas, with the documented defaults, state and precision?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from coursenn import optim

Array = np.ndarray[Any, np.dtype[Any]]
RULES = {"sgd": [], "sgd_momentum": ["velocity"], "rmsprop": ["cache"], "adam": ["m", "v"]}
DEFAULTS = {
    "sgd": {"learning_rate": 1e-2},
    "sgd_momentum": {"learning_rate": 1e-2, "momentum": 0.9},
    "rmsprop": {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8},
    "adam": {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
}


def by_hand(rule: str, w: float, gradients: list[float], lr: float, a: float, b: float = 0.0, eps: float = 1e-8) -> float:
    """Return one parameter after several steps by the formulas of the papers."""
    first = second = 0.0
    for t, g in enumerate(gradients, start=1):
        if rule == "sgd":
            w -= lr * g
        elif rule == "sgd_momentum":
            first = a * first - lr * g
            w += first
        elif rule == "rmsprop":
            second = a * second + (1 - a) * g * g
            w -= lr * g / (second**0.5 + eps)
        else:
            first, second = a * first + (1 - a) * g, b * second + (1 - b) * g * g
            w -= lr * (first / (1 - a**t)) / ((second / (1 - b**t)) ** 0.5 + eps)
    return w


@pytest.mark.parametrize(
    ("rule", "config", "numbers"),
    [
        ("sgd", {"learning_rate": 0.3}, (0.3, 0.0)),
        ("sgd_momentum", {"learning_rate": 0.3, "momentum": 0.6}, (0.3, 0.6)),
        ("rmsprop", {"learning_rate": 0.3, "decay_rate": 0.6}, (0.3, 0.6)),
        ("rmsprop", {"learning_rate": 0.3, "decay_rate": 0.6, "epsilon": 0.5}, (0.3, 0.6, 0.0, 0.5)),
        ("adam", {"learning_rate": 0.3, "beta1": 0.6, "beta2": 0.8}, (0.3, 0.6, 0.8)),
        ("adam", {"learning_rate": 0.3, "beta1": 0.6, "beta2": 0.8, "epsilon": 0.5}, (0.3, 0.6, 0.8, 0.5)),
    ],
)
def test_several_steps_follow_the_formula(rule: str, config: dict[str, Any], numbers: tuple[float, ...]) -> None:
    """Do three steps follow the formula, with the state passed from step to step?"""
    gradients = [0.5, -2.0, 1.5]
    w = np.array([[1.0, -4.0]])
    for g in gradients:
        w, config = getattr(optim, rule)(w, np.full((1, 2), g), config)
    np.testing.assert_allclose(w, [[by_hand(rule, 1.0, gradients, *numbers), by_hand(rule, -4.0, gradients, *numbers)]])


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("empty", [None, dict])
def test_defaults_are_filled_in(rule: str, empty: Any) -> None:
    """Does a rule work without a config, and return its hyperparameters?"""
    _, filled = getattr(optim, rule)(np.ones(3), np.ones(3), empty and empty())
    assert {key: filled[key] for key in DEFAULTS[rule]} == DEFAULTS[rule]
    assert set(filled) == {*DEFAULTS[rule], *RULES[rule], *(["t"] if rule == "adam" else [])}


def test_adam_continues_from_a_given_state() -> None:
    """Is t increased before it is used?"""
    w, dw, m, v = np.array([1.0]), np.array([0.5]), np.array([0.2]), np.array([0.3])
    next_w, config = optim.adam(w, dw, {"learning_rate": 1e-2, "m": m, "v": v, "t": 5})
    m_hat, v_hat = (0.9 * 0.2 + 0.1 * 0.5) / (1 - 0.9**6), (0.999 * 0.3 + 0.001 * 0.25) / (1 - 0.999**6)
    np.testing.assert_allclose(next_w, 1 - 1e-2 * m_hat / (np.sqrt(v_hat) + 1e-8))
    assert config["t"] == 6


@pytest.mark.parametrize("rule", RULES)
def test_float32_stays_and_arguments_are_unchanged(rule: str) -> None:
    """Is everything float32 after two steps, and are w, dw and the old state unchanged?"""
    w, dw = np.ones(3, np.float32), np.full(3, 2, np.float32)
    w.flags.writeable = dw.flags.writeable = False
    config: dict[str, Any] | None = None
    for _ in range(2):
        next_w, config = getattr(optim, rule)(w, dw, config)
        for key in RULES[rule]:
            assert config[key].dtype == np.float32
            config[key].flags.writeable = False
    assert next_w.dtype == np.float32
    assert not np.array_equal(next_w, w)
