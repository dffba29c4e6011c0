"""Does data that does not fit its type give one readable line, even if a stranger wrote it?"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from autograder.checked_data import DataError, Table, checked, nearest, value_text


class Wheel(Table, frozen=True):
    """A part."""

    name: str
    size: Annotated[int, Meta(ge=1, lt=10)]
    spokes: tuple[Annotated[float, Meta(gt=0)], ...] = ()


class Cart(Table, frozen=True):
    """The whole."""

    wheel: tuple[Wheel, ...]
    colour: Literal["red", "green"] | None = None
    load: int | str = 0
    sizes: dict[str, Annotated[int, Meta(ge=0)]] = msgspec.field(default_factory=dict)


WHEEL = {"name": "left", "size": 3}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "wheel is missing"),
        (3, "expected a table, got 3"),
        ({"wheel": {}}, "wheel: expected a list of tables, got an empty table"),
        ({"wheel": [WHEEL, 3]}, "wheel, entry 2: expected a table, got 3"),
        ({"wheel": [{**WHEEL, "size": 10}]}, 'wheel 1 ("left"), size: expected a whole number at least 1 and below 10, got 10'),
        ({"wheel": [{**WHEEL, "size": 2.5}]}, 'wheel 1 ("left"), size: expected a whole number at least 1 and below 10, got 2.5'),
        ({"wheel": [{**WHEEL, "spokes": [1, -1]}]}, 'wheel 1 ("left"), spokes, entry 2: expected a number above 0, got -1'),
        ({"wheel": [{"size": 3}]}, "wheel 1: name is missing"),
        ({"wheel": [], "colour": "rd"}, 'colour: expected one of "green", "red", got "rd"; did you mean "red"?'),
        ({"wheel": [], "colour": 3}, 'colour: expected one of "green", "red", got 3'),
        ({"wheel": [], "load": []}, "load: expected a whole number or text, got an empty list"),
        ({"wheel": [], "load": None}, "load: expected a whole number or text, got nothing"),
        ({"wheel": [], "sizes": {"a": 1, "b": -1}}, "sizes, an entry: expected a whole number at least 0"),
        ({"wheel": [], "x\n\x1b[31m`y` - at `$.z`": 1}, 'unknown key "x??[31m`y'),
        ({"wheel": [], "q" * 500: 1}, f'unknown key "{"q" * 59}..."'),
        ({"wheel": [{**WHEEL, "name": "l\x1b\n" * 100, "size": 0}]}, 'wheel 1 ("l??l??'),
    ],
)
def test_every_misfit_is_one_line(data: Any, said: str) -> None:
    """Does the line name the place, the expected value and the actual one, without unprintable characters?"""
    with pytest.raises(DataError) as refused:
        checked(data, Cart)
    text = str(refused.value)
    assert text.startswith(said)
    assert text.isprintable()
    assert len(text) < 300


def test_what_fits_is_read() -> None:
    """Does valid data give an object of the type, with and without the fields that have defaults?"""
    cart = checked({"wheel": [WHEEL], "load": "hay"}, Cart)
    assert cart == Cart((Wheel("left", 3),), load="hay")
    with pytest.raises(AttributeError):
        cart.load = 3  # type: ignore[misc]


def test_the_nearest_name_is_offered_and_all_of_them_where_none_is_near() -> None:
    """Does a message help with a typing error and with an unknown word?"""
    assert nearest("wheell", ["wheel", "load"], "the keys") == "did you mean wheel?"
    assert nearest("zzz", ["wheel", "load"], "the keys") == "the keys are wheel, load"
    assert nearest("zzz", [], "the keys") == "the keys are none"


def test_values_are_shown_short() -> None:
    """Is every value shown as one short piece of text?"""
    shown = [value_text(v) for v in ("a", "é\n", True, None, 2.5, [], [1], {}, {"a": 1}, "x" * 200)]
    assert shown == ['"a"', '"é?"', "true", "nothing", "2.5", "an empty list", "a list", "an empty table", "a table", f'"{"x" * 59}..."']
