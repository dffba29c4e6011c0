"""The interactive pages: generated, served, and open in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.generate.drawings import make_interactives
from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.publish.serve import serving
from tests.tabs import Visit

FOLDER = REPOSITORY / "book" / "interactive"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/data.py"))
FLAGSHIPS = ("batchnorm-graph", "convolution-stepper", "gradient-check-lies")
EACH = [pytest.param(name, marks=[] if name in FLAGSHIPS else [pytest.mark.slow]) for name in NAMES]
"""For tests that take ten seconds for each page: `make prove` tests all pages, `make test` three of them."""
READOUT = "document.getElementById('readout').textContent"
PHONE = {"width": 390, "height": 700}

Evaluate = Callable[..., Any]


@pytest.fixture(scope="package")
def made(course: Course) -> Path:
    """The folder with all generated pages."""
    make_interactives(course)
    return FOLDER


@pytest.fixture
def numbers(made: Path) -> Callable[[str], Any]:
    """A function that returns the data in a page."""

    def read(name: str) -> Any:
        found = re.search(r'<script id="data"[^>]*>(.*?)</script>', (made / f"{name}.html").read_text(encoding="utf-8"), re.DOTALL)
        assert found
        return json.loads(found[1])

    return read


@pytest.fixture(scope="package")
def alone(made: Path) -> Iterator[str]:
    """The address of the pages without the book, on a local server."""
    with serving(made) as address:
        yield address


@pytest.fixture
def tab(chromium: Any, alone: str) -> Iterator[Visit]:
    """A tab as wide as a phone, so that the narrow layout is tested."""
    found = Visit(chromium, alone, viewport=PHONE)
    yield found
    found.close()


@pytest.fixture
def desk(chromium: Any, alone: str) -> Iterator[Visit]:
    """A tab as wide as a column of the book."""
    found = Visit(chromium, alone, viewport={"width": 760, "height": 900})
    yield found
    found.close()


@pytest.fixture
def evaluate(desk: Visit) -> Evaluate:
    """A function that calls JavaScript of a page in the browser, given the page's name, an expression and its argument."""
    opened: list[str] = []

    def run(name: str, expression: str, argument: Any = None) -> Any:
        if opened != [name]:
            desk.open(f"{name}.html")
            opened[:] = [name]
        return desk.page.evaluate(expression, argument)

    return run
