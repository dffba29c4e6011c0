"""Keywords of classes that students bring from older courses of this family, instead of the documented ones.

From 2016 to 2017 the class is ``FullyConnectedNet(..., dropout=0, use_batchnorm=False)``, and ``dropout`` is the probability of dropping
a unit; from 2018 to 2020 it is ``FullyConnectedNet(..., dropout=1, normalization=None)``, and ``dropout`` is the probability of keeping
one. The default means no dropout, so it shows which of the two it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

RATIO, NORMALIZATION = "dropout_keep_ratio", "normalization"
RENAMED = frozenset({RATIO, NORMALIZATION})
"""Keywords that have another name in older classes."""
KEEPING, DROPPING, BATCHNORM = 1, 2, 4
"""What was translated, as bits: ``dropout`` as either probability, and ``use_batchnorm``."""


def translated(function: Any, kwargs: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The keywords that a class accepts, and what was translated; keywords that it knows, or that have no older name, stay.

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
