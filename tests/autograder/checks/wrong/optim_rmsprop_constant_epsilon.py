"""Uses a constant epsilon. task: rmsprop"""

_with_epsilon = rmsprop  # noqa: F821


def rmsprop(w, dw, config=None):
    next_w, new = _with_epsilon(w, dw, {**(config or {}), "epsilon": 1e-8})
    return next_w, {**new, **(config or {}), "cache": new["cache"]}
