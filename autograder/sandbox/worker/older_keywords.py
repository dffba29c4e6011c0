"""Keywords of classes that students bring from older courses of this family, in place of those that are asked for.

From 2016 to 2017 the class is ``FullyConnectedNet(..., dropout=0, use_batchnorm=False)``, and ``dropout`` is the probability of dropping
a unit; from 2018 to 2020 it is ``FullyConnectedNet(..., dropout=1, normalization=None)``, and ``dropout`` is the probability of keeping
one. The value that means no dropout is the default, so that the default tells which of the two it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

RATIO, NORMALIZATION = "dropout_keep_ratio", "normalization"
RENAMED = frozenset({RATIO, NORMALIZATION})
"""Keywords that older classes have under another name."""
KEEPING, DROPPING, BATCHNORM = 1, 2, 4
"""What was translated, as bits: ``dropout`` as either probability, and ``use_batchnorm``."""


def translated(function: Any, kwargs: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Keywords as a class has them, and what was translated for that; what it has itself, or has under no older name, stays.

    Layer normalization has no older name.
    """
    if not isinstance(function, type) or not RENAMED & kwargs.keys():
        return kwargs, 0
    known = inspect.signature(function).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values()):
        return kwargs, 0
    found, bits = dict(kwargs), 0
    if _is_older(RATIO, "dropout", kwargs, known):
        keeps = known["dropout"].default == 1
        ratio = found.pop(RATIO)
        found["dropout"], bits = (ratio, KEEPING) if keeps else (1 - ratio, DROPPING)
    if _is_older(NORMALIZATION, "use_batchnorm", kwargs, known) and kwargs[NORMALIZATION] in (None, "batchnorm"):
        found["use_batchnorm"] = found.pop(NORMALIZATION) is not None
        bits |= BATCHNORM
    return found, bits


def _is_older(name: str, older: str, kwargs: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    return name in kwargs and name not in known and older in known and older not in kwargs
