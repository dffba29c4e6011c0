"""Counts the steps of all parameters together. task: adam"""

import itertools

_with_t = adam  # noqa: F821
_steps = itertools.count()


def adam(w, dw, config=None):
    return _with_t(w, dw, {**(config or {}), "t": next(_steps)})
