"""Can a report be read in a terminal, in a notebook, without colour and with a screen reader?"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from coursenn.debug import Explanation, explain_gradient

SVG = "{http://www.w3.org/2000/svg}"


def forward(x: Any, b: Any) -> Any:
    """Compute four steps, of which the first value is used twice."""
    y = 2 * x
    z = y**2
    s = np.sin(z)
    out = s * y + b
    return out, (y, z, s)


def backward(dout: Any, cache: Any) -> Any:
    """Return gradients in which a cosine is missing."""
    y, z, s = cache
    ds = dout * y
    dz = ds * np.where(z < 0, 0, 1)
    dy = dout * s + 2 * y * dz
    return 2 * dy, dout.sum(axis=0)


@pytest.fixture(scope="module")
def report() -> Explanation:
    rng = np.random.default_rng(0)
    return explain_gradient(forward, backward, rng.normal(size=(3, 2)), rng.normal(size=2))


def test_a_terminal_shows_the_rows_to_the_first_wrong_one(report: Explanation) -> None:
    """Is the line of code shown, and are the remaining rows summed up in one sentence?"""
    text = str(report)
    rows = re.findall(r"^(\w+) +3 x 2 +3 x 2", text, re.MULTILINE)
    assert rows == ["out", "s", "z"]
    assert re.search(r"^z +3 x 2 +3 x 2 +wrong: LOOK HERE$", text, re.MULTILINE)
    assert "Further on the way back, wrong perhaps because of it: y wrong, b right, x wrong." in " ".join(text.split())
    assert "dz = ds * np.where(z < 0, 0, 1)" in text
    assert all(len(line) <= 76 for line in text.splitlines())


def test_a_picture_describes_everything_in_words(report: Explanation) -> None:
    """Is it valid SVG with a description, and is the wrong value marked by a word and a thick frame, not only by colour?"""
    root = ET.fromstring(report.svg())
    assert root.get("role") == "img"
    label = root.get("aria-label") or ""
    assert label.startswith("The graph of forward and backward. Look at z first")
    for words in (
        "y, 3 x 2, goes into z and out: wrong.",
        "z, 3 x 2, goes into s: wrong, look here.",
        "out, 3 x 2, goes into the loss: right.",
    ):
        assert words in label
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts[::3][:5] == ["x", "y", "z", "s", "b"]
    assert texts.count("LOOK HERE") == 1
    thick = [frame for frame in root.iter(f"{SVG}rect") if float(frame.get("stroke-width", "0")) > 2]
    assert len(thick) == 1


def test_lines_next_to_the_boxes_do_not_overlap(report: Explanation) -> None:
    """Does each value that is used further down have its own line?"""
    root = ET.fromstring(report.svg())
    lanes = [re.search(r"M332 (\d+)H(\d+)V(\d+)H335", path.get("d", "")) for path in root.iter(f"{SVG}path")]
    spans = [(int(found[2]), int(found[1]), int(found[3])) for found in lanes if found]
    assert len(spans) == 2
    assert not [(a, b) for a in spans for b in spans if a is not b and a[0] == b[0] and a[1] < b[2] and b[1] < a[2]]


class _Balance(HTMLParser):
    """A parser that checks that every element is closed, and counts header cells."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headers = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.headers += tag == "th" and dict(attrs).get("scope") in ("col", "row")
        if tag not in ("br", "rect", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("rect", "path"):
            assert self.open.pop() == tag


def test_a_notebook_shows_a_table_with_headers_and_folds_the_rest(report: Explanation) -> None:
    """Is it valid HTML, with header cells, code as code, and no colours that a dark theme could hide?"""
    html = report._repr_html_()
    parser = _Balance()
    parser.feed(html)
    assert parser.open == []
    assert parser.headers == 4 + 3 + 4 + 3
    before, folded = html.split("<details>")
    assert "LOOK HERE" in before
    assert "<svg" in folded
    assert "<code>dz = ds * np.where(z &lt; 0, 0, 1)</code>" in before
    assert not re.search(r"color|background", before)


def test_names_are_escaped_in_html() -> None:
    """Are names from student code shown as text?"""
    network = type("Net", (), {"params": {"<b>W</b>": np.ones(2)}})()

    def loss(self: Any) -> Any:
        return float(np.sum(self.params["<b>W</b>"] ** 2)), {"<b>W</b>": np.ones(2)}

    shown = explain_gradient(loss.__get__(network), None)._repr_html_()
    assert "&lt;b&gt;W" in shown
    assert "<b>" not in shown


@pytest.mark.browser
def test_the_page_fits_a_phone(report: Explanation, chromium: Any) -> None:
    """Does everything fit in a window of 390 pixels, and is the picture large enough to read?"""
    page = chromium.new_page(viewport={"width": 390, "height": 700})
    page.set_content(f"<!doctype html><meta name=viewport content='width=device-width'>{report._repr_html_()}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator("svg").bounding_box()
    assert box["width"] > 320
    page.close()
