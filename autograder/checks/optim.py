"""Hidden checks of the update rules: the step, what is remembered, defaults, epsilon.

The step and the state are checked after one call with a random state and random hyperparameters. Calls that follow another
call, and calls without hyperparameters, are compared with calls that are given everything. Where epsilon is checked, it is
far larger than the gradients, so that nothing else matters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.checking import Array, Kind, Ref, Session, check
from autograder.checks._contracts import ON_ITS_OWN, ONE_OF_EACH, SAME, Arguments, Layer, agree, forward_contracts
from autograder.checks._support import observe
from autograder.checks._update_rules import EARLY, LATE, NO_STEP, ORDINARY, UNIT, Rule, shapes, step, trained

MOMENTUM = Rule("optim.sgd_momentum", ("velocity",), {"learning_rate": 1e-2, "momentum": 0.9}, ("momentum",))
RMSPROP = Rule("optim.rmsprop", ("cache",), {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}, ("decay_rate",))
ADAM = Rule(
    "optim.adam", ("m", "v"), {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}, ("beta1", "beta2"), counts=True
)
FADED = (0.05, 0.9)
"""Decay rates for which no correction is left at a late step."""
NONE = "It is None at the very first call at most."
TINY = 1e-30
"""Size of gradients that are negligible compared with epsilon."""


def _compare(s: Session, rule: Rule, next_w: Ref, config: Ref) -> None:
    s.compare("next_w", next_w)
    for name in rule.state:
        s.compare(f"config[{name!r}]", config[name])


def _common_checks(task: str, rule: Rule, asks_config: str, asks_state: str, also: Sequence[str] = ()) -> None:
    """What is asked of each of the three rules."""

    @check(task, asks=asks_config, also=also)
    def what_it_remembers_after_a_step(s: Session) -> None:
        for number, shape in enumerate(shapes(s)):
            # Once without a state.
            memory = rule.memory(s, shape) if number else {}
            _, config = step(s, rule, shape, {**rule.hyperparameters(s), **memory})
            for name in rule.state:
                s.compare(f"config[{name!r}]", config[name])

    @check(task, asks=asks_state)
    def the_next_step_finds_what_this_one_left(s: Session) -> None:
        kept = (*rule.state, "t") if rule.counts else rule.state
        for shape in shapes(s, 1, 3):
            given, dw = rule.hyperparameters(s), s.draw.away_from_zero(shape)
            w, config = step(s, rule, shape, given)
            at, *left = s.arrays([w, *(config[name] for name in kept)])
            told = {**given, **{name: value if value.ndim else int(value) for name, value in zip(kept, left, strict=True)}}
            found, said = (s.array(s.call(rule.function, *arguments)[0]) for arguments in ((w, dw, config), (at, dw, told)))
            s.require(not np.array_equal(found, at), NO_STEP)
            observe(s, "next_w minus next_w with the same state passed explicitly", found - said)

    @check(task, asks=asks_config, also=[NONE])
    def missing_hyperparameters_get_their_defaults(s: Session) -> None:
        for missing in (None, *rule.defaults):
            (shape,) = shapes(s, 2)
            # Half of the gradients are so small that epsilon matters.
            w, scale = np.zeros(shape), np.resize([1.0, 1e-8], shape)
            gradients = [scale * s.draw.away_from_zero(shape) for _ in range(2)]
            some = {name: value for name, value in rule.defaults.items() if name != missing} if missing else None
            without, said = (trained(s, rule, w, gradients, config) for config in (some, dict(rule.defaults)))
            observe(s, "next_w minus next_w with the defaults passed explicitly", without - said)

    @check(task, asks=asks_config, also=[NONE], kind=Kind.EDGE)
    def fills_in_the_defaults(s: Session) -> None:
        (shape,) = shapes(s, 2)
        _, config = s.call(rule.function, s.draw.normal(shape), s.draw.away_from_zero(shape), None).unpack(2)
        for name in rule.defaults:
            s.compare(f"config[{name!r}]", config[name])

    @check(task, asks=ONE_OF_EACH, kind=Kind.EDGE)
    def parameters_of_one_entry(s: Session) -> None:
        for shape in ((1,), (1, 1), (1, 1, 1, 1)):
            _compare(s, rule, *step(s, rule, shape, {**rule.hyperparameters(s), **rule.memory(s, shape)}))


def _contracts(task: str, rule: Rule, asks_precision: str) -> None:
    """The contracts of a rule and of its state."""

    def drawn(s: Session) -> Arguments:
        (shape,) = shapes(s, 3)
        config = {**rule.hyperparameters(s), **rule.memory(s, shape)}
        return {"w": s.draw.normal(shape), "dw": s.draw.away_from_zero(shape), "config": config}

    forward_contracts(task, Layer(rule.function, drawn, outputs=("next_w",), state="config"))

    @check(task, asks=ON_ITS_OWN, kind=Kind.CONTRACT)
    def parameters_trained_in_turn_do_not_affect_each_other(s: Session) -> None:
        first, second = shapes(s, 1, 2)
        parameters = [(s.draw.normal(shape), [s.draw.away_from_zero(shape) for _ in range(3)]) for shape in (first, second, first)]
        alone = [trained(s, rule, w, gradients, None) for w, gradients in parameters]
        at: list[Array | Ref] = [w for w, _ in parameters]
        configs: list[Ref | None] = [None] * len(parameters)
        for turn in range(3):
            for i, (_, gradients) in enumerate(parameters):
                at[i], configs[i] = s.call(rule.function, at[i], gradients[turn], configs[i]).unpack(2)
        for want, got in zip(alone, s.arrays(w for w in at if isinstance(w, Ref)), strict=True):
            s.require(agree(got, want, SAME), "next_w changes with the other parameters that are trained")

    @check(task, asks=asks_precision, kind=Kind.CONTRACT)
    def remembers_a_float32_parameter_in_float32(s: Session) -> None:
        (shape,) = shapes(s, 3)
        w, dw = (s.draw.away_from_zero(shape).astype(np.float32) for _ in range(2))
        config = s.call(rule.function, w, dw, None)[1]
        for name, value in zip(rule.state, s.arrays(config[name] for name in rule.state), strict=True):
            s.require(value.dtype == np.float32, f"{name} of a float32 parameter must be float32")


def _ends(task: str, rule: Rule, asks: str, *ends: float) -> None:
    @check(task, asks=asks, kind=Kind.EDGE)
    def decay_rates_at_the_ends_of_their_range(s: Session) -> None:
        for rate in ends:
            (shape,) = shapes(s, 2)
            config = {**rule.hyperparameters(s), **rule.memory(s, shape), **dict.fromkeys(rule.rates, rate)}
            _compare(s, rule, *step(s, rule, shape, config))


def _epsilon(task: str, rule: Rule, asks: str) -> None:
    @check(task, asks=asks, weight=0.5)
    def adds_epsilon_to_the_root(s: Session) -> None:
        for shape in shapes(s, 1, 3):
            w, dw = np.zeros(shape), TINY * s.draw.away_from_zero(shape)
            given = {**rule.hyperparameters(s, FADED), **({"t": s.draw.integer(*LATE)} if rule.counts else {})}
            configs = [{**given, "epsilon": s.draw.magnitude(*ends)} for ends in ((1e-3, 1e-2), (0.1, 1.0))]
            small, large = (s.array(s.call(rule.function, w, dw, config)[0]) for config in configs)
            observe(s, "next_w with a large epsilon, divided by next_w with a small one", large / small)


def _step_is_right(s: Session, rule: Rule, steps: tuple[int, int] = ORDINARY, rates: tuple[float, float] = UNIT) -> None:
    for shape in shapes(s):
        s.compare("next_w", step(s, rule, shape, {**rule.hyperparameters(s, rates), **rule.memory(s, shape, steps)})[0])


MOMENTUM_STEP = "The velocity becomes momentum * velocity - learning_rate * dw, and then the velocity is added to w."


@check("sgd-momentum", asks=MOMENTUM_STEP)
def step_from_a_given_velocity(s: Session) -> None:
    _step_is_right(s, MOMENTUM)


_common_checks(
    "sgd-momentum",
    MOMENTUM,
    "config : the dictionary, with the defaults filled in and the new ``velocity``.",
    "``velocity``: array in the shape of w, the memory of the rule; default zeros.",
)
_contracts("sgd-momentum", MOMENTUM, "For a float32 parameter the result and the velocity are float32.")
_ends("sgd-momentum", MOMENTUM, "``momentum``: 0 .. 1, where 0 gives plain descent; default 0.9;", 0, 1)

RMSPROP_STEP = (
    "The cache becomes decay_rate * cache + (1 - decay_rate) * dw**2, and then w moves by "
    "-learning_rate * dw / (sqrt(cache) + epsilon), with the new cache."
)


@check("rmsprop", asks=RMSPROP_STEP)
def step_from_a_given_cache(s: Session) -> None:
    _step_is_right(s, RMSPROP)


_common_checks(
    "rmsprop",
    RMSPROP,
    "config : the dictionary, with the defaults filled in and the new ``cache``.",
    "``cache``: array in the shape of w, running mean of the squared gradient; default zeros.",
)
_epsilon("rmsprop", RMSPROP, RMSPROP_STEP)
_contracts("rmsprop", RMSPROP, "For a float32 parameter the result and the cache are float32.")
_ends("rmsprop", RMSPROP, "``decay_rate``: 0 .. 1, how much of the old cache stays; default 0.99;", 0, 1)

MEANS = "Then m becomes beta1 * m + (1 - beta1) * dw and v becomes beta2 * v + (1 - beta2) * dw**2."
UNCORRECTED = "what is stored are the uncorrected ones."
ADAM_STEP = "With the corrected means w moves by -learning_rate * m / (sqrt(v) + epsilon)."


@check("adam", asks=ADAM_STEP, weight=0.5)
def step_long_after_the_first(s: Session) -> None:
    _step_is_right(s, ADAM, LATE, FADED)


@check("adam", asks="The means are corrected for their start at zero by dividing m by 1 - beta1**t and v by 1 - beta2**t;")
def corrects_the_means_for_their_start(s: Session) -> None:
    for steps, rates in ((EARLY, UNIT), (ORDINARY, (0.9, 0.999)), (LATE, (0.999, 0.9999))):
        _step_is_right(s, ADAM, steps, rates)


@check("adam", asks="First t grows by 1.", weight=0.5)
def counts_the_steps_in_t(s: Session) -> None:
    for steps in (EARLY, ORDINARY, LATE):
        (shape,) = shapes(s, 2)
        memory = ADAM.memory(s, shape, steps)
        _, config = step(s, ADAM, shape, {**ADAM.hyperparameters(s), **memory})
        observe(s, "by how much config['t'] grows", s.array(config["t"]) - memory["t"])
    _, config = step(s, ADAM, shape, {})
    s.compare("config['t'] after the first step", config["t"])


_common_checks(
    "adam",
    ADAM,
    "config : the dictionary, with the defaults filled in and the new ``m``, ``v`` and ``t``.",
    "``m``, ``v``: arrays in the shape of w; default zeros;",
    also=[MEANS, UNCORRECTED],
)
_epsilon("adam", ADAM, ADAM_STEP)
_contracts("adam", ADAM, "For a float32 parameter the result, m and v are float32.")
# A mean that never changes needs no correction for its start.
_ends("adam", ADAM, "``beta1``: 0 .. 1, memory of the mean of the gradient; default 0.9;", 0, 0.99999)
