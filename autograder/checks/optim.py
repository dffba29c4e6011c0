"""Hidden checks of the update rules: defaults, many steps, state, eps, arguments left alone.

State travels as in training: the config that one call returns is given to the next. Every
step has a new gradient. Where epsilon is looked at, it is as large as the gradients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograder.checking import Array, Ref, Session, check

SHAPE = (4, 5)


@dataclass(frozen=True)
class Rule:
    """An update rule: its function, what it remembers, and hyperparameters that are not the defaults."""

    function: str
    state: tuple[str, ...]
    given: dict[str, float]


# Decay rates on either side of one half from the defaults: there are expressions that are right on one side alone.
MOMENTUM = Rule("optim.sgd_momentum", ("velocity",), {"learning_rate": 0.3, "momentum": 0.7})
RMSPROP = Rule("optim.rmsprop", ("cache",), {"learning_rate": 0.03, "decay_rate": 0.4, "epsilon": 1e-8})
ADAM = Rule("optim.adam", ("m", "v"), {"learning_rate": 0.03, "beta1": 0.3, "beta2": 0.4, "epsilon": 1e-8})


def _steps(s: Session, rule: Rule, config: dict[str, Any] | None, count: int, scale: float = 1.0) -> tuple[Ref, Ref]:
    """Weights and config after ``count`` steps of a rule."""
    w: Array | Ref = s.draw.normal(SHAPE, scale=scale)
    state: dict[str, Any] | Ref | None = config
    for _ in range(count):
        w, state = s.call(rule.function, w, scale * s.draw.away_from_zero(SHAPE), state).unpack(2)
    assert isinstance(w, Ref)
    assert isinstance(state, Ref)
    return w, state


def _remembered(s: Session, rule: Rule) -> dict[str, Array]:
    """State as it may stand in a config: second moments are positive."""
    return {name: 0.5 + s.draw.rng.random(SHAPE) for name in rule.state}


def _common_checks(task: str, rule: Rule, asks_step: str, asks_config: str, asks_state: str, asks_alone: str) -> None:
    """What is asked of each of the three rules."""

    @check(task, asks=asks_step)
    def first_steps_with_the_defaults(s: Session) -> None:
        for count in (1, 3):
            next_w, config = _steps(s, rule, None, count)
            s.compare(f"next_w after step {count}", next_w)
            for name in rule.state:
                s.compare(f"config[{name!r}] after step {count}", config[name])

    @check(task, asks=asks_config, weight=1.5)
    def several_steps_with_given_hyperparameters(s: Session) -> None:
        next_w, config = _steps(s, rule, dict(rule.given), 4)
        s.compare("next_w after several steps", next_w)
        for name in rule.state:
            s.compare(f"config[{name!r}] after several steps", config[name])

    @check(task, asks=asks_state, weight=0.5)
    def carries_on_from_a_given_state(s: Session) -> None:
        counted = {"t": s.draw.integer(3, 6)} if rule is ADAM else {}
        next_w, _ = _steps(s, rule, {**rule.given, **_remembered(s, rule), **counted}, 1)
        s.compare("next_w", next_w)

    @check(task, asks=asks_alone, weight=0.5)
    def leaves_its_arguments_as_they_were(s: Session) -> None:
        arrays = {"w": s.draw.normal(SHAPE), "dw": s.draw.away_from_zero(SHAPE), **_remembered(s, rule)}
        refs = {name: s.put(value) for name, value in arrays.items()}
        config = {**rule.given, **{name: refs[name] for name in rule.state}}
        next_w = s.array(s.call(rule.function, refs["w"], refs["dw"], config)[0])
        s.require(next_w.shape == SHAPE and (next_w != arrays["w"]).any(), "the function must return the next w")
        for name, value in arrays.items():
            s.unchanged(name, refs[name], value)


_common_checks(
    "sgd-momentum",
    MOMENTUM,
    asks_step="The velocity becomes momentum * velocity - learning_rate * dw, and then the velocity is added to w.",
    asks_config="config : the dictionary, with the defaults filled in and the new ``velocity``.",
    asks_state="``velocity``: array in the shape of w, the memory of the rule; default zeros.",
    asks_alone="w, dw and the old velocity are not written into.",
)

RMSPROP_STEP = (
    "The cache becomes decay_rate * cache + (1 - decay_rate) * dw**2, and then w moves by "
    "-learning_rate * dw / (sqrt(cache) + epsilon), with the new cache."
)
_common_checks(
    "rmsprop",
    RMSPROP,
    asks_step=RMSPROP_STEP,
    asks_config="config : the dictionary, with the defaults filled in and the new ``cache``.",
    asks_state="``cache``: array in the shape of w, running mean of the squared gradient; default zeros.",
    asks_alone="w, dw and the old cache are not written into.",
)


@check("rmsprop", asks=RMSPROP_STEP, weight=0.5)
def adds_epsilon_to_the_root(s: Session) -> None:
    next_w, _ = _steps(s, RMSPROP, {**RMSPROP.given, "epsilon": 1e-3}, 3, scale=1e-3)
    s.compare("next_w", next_w)


ADAM_STEP = "With the corrected means w moves by -learning_rate * m / (sqrt(v) + epsilon)."
_common_checks(
    "adam",
    ADAM,
    asks_step=ADAM_STEP,
    asks_config="config : the dictionary, with the defaults filled in and the new ``m``, ``v`` and ``t``.",
    asks_state="``m``, ``v``: arrays in the shape of w; default zeros;",
    asks_alone="w, dw and the old m and v are not written into.",
)


@check("adam", asks=ADAM_STEP, weight=0.5)
def adds_epsilon_to_the_root_of_the_corrected_moment(s: Session) -> None:
    next_w, _ = _steps(s, ADAM, {**ADAM.given, "epsilon": 1e-3}, 3, scale=1e-3)
    s.compare("next_w", next_w)


@check("adam", asks="First t grows by 1.", weight=0.5)
def counts_the_steps_in_t(s: Session) -> None:
    _, config = _steps(s, ADAM, None, 3)
    s.compare("config['t'] after three steps", config["t"])
