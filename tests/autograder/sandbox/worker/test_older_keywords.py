"""Are classes called with the keywords that they have, and no others?"""

from __future__ import annotations

from typing import Any

import pytest

from autograder.sandbox.worker.older_keywords import BATCHNORM, DROPPING, KEEPING, translated


class Of2016:
    def __init__(self, hidden_dims: list[int], dropout: float = 0, use_batchnorm: bool = False) -> None: ...


class Of2019:
    def __init__(self, hidden_dims: list[int], dropout: float = 1, normalization: str | None = None) -> None: ...


class OfToday:
    def __init__(self, hidden_dims: list[int], dropout_keep_ratio: float = 1, normalization: str | None = None) -> None: ...


class HasBoth:
    def __init__(self, dropout: float = 0, dropout_keep_ratio: float = 1) -> None: ...


class TakesAnything:
    def __init__(self, dropout: float = 0, **kwargs: Any) -> None: ...


def a_function(dropout: float = 0) -> None: ...


BOTH = {"dropout_keep_ratio": 0.25, "normalization": "batchnorm"}
OLDER = [
    (Of2016, BOTH, {"dropout": 0.75, "use_batchnorm": True}, DROPPING | BATCHNORM),
    (Of2016, {"normalization": None}, {"use_batchnorm": False}, BATCHNORM),
    (Of2016, {"dropout_keep_ratio": 1}, {"dropout": 0}, DROPPING),
    (Of2019, BOTH, {"dropout": 0.25, "normalization": "batchnorm"}, KEEPING),
]
AS_THEY_ARE = [
    (Of2016, {"normalization": "layernorm"}),
    (Of2016, {"dropout": 0.5}),
    (Of2016, {"dropout": 0.5, "dropout_keep_ratio": 0.5}),
    (OfToday, BOTH),
    (HasBoth, {"dropout_keep_ratio": 0.5}),
    (TakesAnything, BOTH),
    (a_function, {"dropout_keep_ratio": 0.5}),
    (OfToday, {}),
]


@pytest.mark.parametrize(("called", "given", "wanted", "bits"), OLDER)
def test_older_classes_get_their_own_keywords(called: Any, given: dict[str, Any], wanted: dict[str, Any], bits: int) -> None:
    """Does the value give the same network, whichever of the two probabilities the class asks for?"""
    assert translated(called, {"hidden_dims": [3], **given}) == ({"hidden_dims": [3], **wanted}, bits)


@pytest.mark.parametrize(("called", "given"), AS_THEY_ARE)
def test_everything_else_stays(called: Any, given: dict[str, Any]) -> None:
    """Is nothing translated that the callable knows itself, or that it does not have under an older name?"""
    assert translated(called, given) == (given, 0)
