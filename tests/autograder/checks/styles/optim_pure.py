"""Right update rules in another style: updates as differences, everything kept in one helper."""

import numpy as np


def _state(config, **defaults):
    return {**defaults, **(dict(config) if config is not None else {})}


def _towards(old, new, share):
    return old - share * (old - new)


def sgd_momentum(w, dw, config=None):
    state = _state(config, learning_rate=0.01, momentum=0.9, velocity=np.zeros(w.shape, w.dtype))
    change = -state["learning_rate"] * dw
    # The old velocity shrinks, then the change is added.
    state["velocity"] = state["velocity"] - (1 - state["momentum"]) * state["velocity"] + change
    moved = w.copy()
    moved += state["velocity"]
    return moved, state


def rmsprop(w, dw, config=None):
    state = _state(config, learning_rate=0.01, decay_rate=0.99, epsilon=1e-8, cache=np.zeros(w.shape, w.dtype))
    state["cache"] = _towards(state["cache"], np.abs(dw) ** 2, 1 - state["decay_rate"])
    divisor = np.hypot(np.sqrt(state["cache"]), 0)
    divisor += state["epsilon"]
    return w - np.divide(state["learning_rate"] * dw, divisor), state


def adam(w, dw, config=None):
    state = _state(config, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0, m=np.zeros(w.shape), v=np.zeros(w.shape))
    state["t"] += 1
    state["m"] = _towards(state["m"], dw, 1 - state["beta1"]).astype(w.dtype)
    state["v"] = _towards(state["v"], np.square(dw), 1 - state["beta2"]).astype(w.dtype)
    # The sums of the weights of all gradients so far.
    sums = [(1 - beta) * sum(beta**k for k in range(state["t"])) for beta in (state["beta1"], state["beta2"])]
    numerator, denominator = state["m"] / sums[0], np.sqrt(state["v"] / sums[1])
    return w - state["learning_rate"] * numerator / (denominator + state["epsilon"]), state
