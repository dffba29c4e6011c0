"""Does an interactive page open with its result, named axes and its constants?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from tests.book.interactive.conftest import NAMES, READOUT
from tests.tabs import Visit

pytestmark = [pytest.mark.xdist_group("book"), pytest.mark.browser]
Numbers = dict[str, Any]
# The pages with an animation, and the condition for its end.
PLAYED = {"batchnorm-graph": "at.value === at.max", "optimiser-valley": "Number(at.value) >= 30", "dropout-masks": "draws.length >= 20"}
UNFINISHED = """[...document.querySelectorAll('.stage td, .stage [role=gridcell]')]
    .filter(e => e.checkVisibility() && ['', '\\u00b7', '\\u2013'].includes(e.innerText.trim()) && !e.querySelector('input'))
    .filter(e => !e.classList.contains('pad') && !(e.closest('tr') && e === e.parentElement.firstElementChild))
    .map(e => e.outerHTML.slice(0, 100))"""
# The labels at the axes of each drawing of a page.
AXES = {
    "batchnorm-graph": {"space": ["1", "x\u0302", "upstream"]},
    "batchnorm-projection": {"space": ["1", "x\u0302", "upstream", "left"]},
    "convolution-stepper": {},
    "dropout-masks": {
        "bars": ["value of each unit"],
        "sums": ["value of the unit above", "probability, over all 64 masks"],
    },
    "gradient-check-lies": {"chart": ["step h", "largest error, as a multiple of what is allowed"]},
    "gradient-error": {"chart": ["step h", "relative error of the derivative"]},
    "im2col-overlaps": {},
    "init-depth": {"chart": ["layer", "root mean square of the activations"]},
    "loss-along-gradient": {"chart": ["step along the negative gradient", "loss, as a multiple of the loss before the step"]},
    "norm-axes": {},
    "optimiser-valley": {"plane": ["w\u2081 \u2192", "w\u2082 \u2191"], "chart": ["step", "loss"]},
}
# The labels of grids and tables, which are not drawings.
TITLES = {
    "batchnorm-graph": ["value", "gradient", "node"],
    "convolution-stepper": ["image", "filter", "output, 6"],
    "im2col-overlaps": ["image", "copies of each pixel", "matrix, 9 rows"],
    "norm-axes": ["image 0", "image 1", "image 2"],
}
DRAWINGS = "[...document.querySelectorAll('svg[role=img]')].filter(e => e.checkVisibility()).map(e => e.id)"
MARKS = "id => document.getElementById(id).querySelectorAll('line, polyline, path, rect, ellipse').length"
WRITTEN = "id => [...document.getElementById(id).querySelectorAll('text')].map(e => e.textContent)"


RAISED = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")


def power(value: float) -> str:
    """Return a power of ten as pages write it."""
    return "10" + str(round(math.log10(value))).translate(RAISED)


def minus(values: list[float], digits: int = 1) -> str:
    """Return numbers as a page lists them."""
    return ", ".join(f"{v:.{digits}f}".replace("-", "\u2212") for v in values)


# The constants that a reader needs to compute a page's numbers, taken from the page's data.
CONSTANTS: dict[str, Callable[[Numbers], list[str]]] = {
    "batchnorm-graph": lambda d: [
        f"\u03b3 = {d['start']['gamma']:g}",
        f"\u03b2 = {d['start']['beta']:g}",
        f"\u03b5 = {d['start']['eps']:g}",
    ],
    "batchnorm-projection": lambda d: ["\u03b3 = 1", "\u03b5 = 0"],
    "convolution-stepper": lambda d: ["Stride 1", "padding 1", "vertical edges", "The bias is 0"],
    "dropout-masks": lambda d: [minus(d["x"]), minus(d["w"]), *(minus([line[c] for line in d["V"]]) for c in range(3)), "p = 0.50"],
    "gradient-check-lies": lambda d: [f"{power(d['atol'])} + rtol", f"rtol = {power(d['rtol'])}", "6 examples of 3 features", power(1e-5)],
    "gradient-error": lambda d: ["20 random examples of 4 features", "\u03b3 = 1", power(d["eps"]), "12 directions"],
    "im2col-overlaps": lambda d: ["3 \u00d7 3, stride 1, padding 0", str(tuple(d["layer"])), "float32"],
    "init-depth": lambda d: [f"{d['depth']} layers", f"{d['examples']} random examples", f"n = {d['units']}", power(d["eps"])],
    "loss-along-gradient": lambda d: [
        "120 random examples of 20 features",
        "4 hidden layers",
        "hidden layers of 40 units",
        "5 classes",
        f"Weight scale {d['scales'][2]}",
    ],
    "norm-axes": lambda d: ["\u03b3 = 1", "\u03b2 = 0", power(d["eps"]), "Averaged over N, H, W"],
    "optimiser-valley": lambda d: [
        f"{d['settings']['momentum']['memory']:.2f}",
        f"= {d['settings']['Adam']['second']}",
        f"Curvatures 1 and {d['curvature']}",
        "30 steps",
    ],
}


@pytest.mark.parametrize("name", NAMES)
def test_it_opens_with_its_result(tab: Visit, name: str) -> None:
    """Before anything is touched, are all numbers and curves there, and is the result stated?"""
    page = tab.open(f"{name}.html")
    assert page.evaluate(PLAYED.get(name, "true"))
    assert page.evaluate(UNFINISHED) == []
    said = page.evaluate(READOUT)
    assert any(sign.isdigit() for sign in said)
    assert "yet" not in said
    for drawing in page.evaluate(DRAWINGS):
        assert page.evaluate(MARKS, drawing) > 5, drawing
    assert not tab.errors


@pytest.mark.parametrize("name", NAMES)
def test_axes_have_names(desk: Visit, name: str) -> None:
    """Do the axes of each drawing and the grids have their labels?"""
    page = desk.open(f"{name}.html")
    assert page.evaluate(DRAWINGS) == list(AXES[name])
    for drawing, labels in AXES[name].items():
        written = page.evaluate(WRITTEN, drawing)
        assert [label for label in labels if label not in written] == [], drawing
    shown = page.locator("main").inner_text()
    assert [title for title in TITLES.get(name, []) if title not in shown] == []


@pytest.mark.parametrize("name", NAMES)
def test_constants_are_named(desk: Visit, numbers: Callable[[str], Numbers], name: str) -> None:
    """Does a page state the constants of its data?"""
    shown = desk.open(f"{name}.html").locator("main").inner_text()
    assert [constant for constant in CONSTANTS[name](numbers(name)) if constant not in shown] == []
