"""Do the pictures and papers show the recorded figures of the benchmarks?"""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from autograder.generate import speed
from autograder.generate.errors import GeneratorError
from autograder.generate.speed import GRADING, LAYERS, PAPERS, build_speed, draw_grading, draw_layers, figures, filled_in
from autograder.generate.svg import WIDTH
from autograder.generate.tree import compare
from autograder.manifest import Course
from autograder.paths import REPOSITORY

SVG = "{http://www.w3.org/2000/svg}"
MACHINE = {"processor": "A processor", "cores": 4, "python": "3.11.7", "numpy": "2.4.6", "torch": "2.13.0", "load": 0.1}
CLASS = {"machine": MACHINE, "submissions": 1500, "per_minute": 100.4, "steady_per_minute": 125.0, "cpu_s_each": 0.9, "recording_s": 0.06}
STOCK = {"students": 15, "per_minute": 5.02, "times": 20.0}
LAYER = [{"name": "conv", "threads": n, "fast_ms": ms, "torch_ms": 2.0} for n, ms in ((1, 1.0), (2, 3.0))]


def boxes(picture: str) -> list[tuple[str, float, float]]:
    """Class, left edge and right edge of each bar."""
    found = [e.attrib for e in ElementTree.fromstring(picture).iter(f"{SVG}rect")]
    return [(e["class"], float(e["x"]), float(e["x"]) + float(e["width"])) for e in found if e.get("class") in ("bar", "other", "rule")]


def width(box: tuple[str, float, float]) -> float:
    return box[2] - box[1]


def test_pictures_and_papers_are_up_to_date(course: Course) -> None:
    """Do they show the figures that were recorded last?"""
    plan = build_speed(course)
    assert plan is not None
    assert set(plan.files) == {LAYERS, GRADING, *PAPERS}
    assert not compare(plan), "run `autograder generate --only speed` and commit what it writes"


def test_another_course_has_no_figures(mini: Course) -> None:
    """Is nothing drawn for a course of another repository?"""
    assert build_speed(mini) is None


def test_bars_of_layers_are_relative_to_pytorch() -> None:
    """Is the bar of a layer as long as its time divided by PyTorch's, where the line marks 1?"""
    one, two, rule = boxes(draw_layers({"machine": MACHINE, "rows": LAYER}))
    assert (one[0], two[0], rule[0]) == ("bar", "other", "rule")
    assert width(one) == pytest.approx((rule[1] - one[1]) / 2, abs=0.1)
    assert width(two) == pytest.approx((rule[1] - one[1]) * 1.5, abs=0.1)


def test_bars_of_grading_are_rates() -> None:
    """Are the lengths of the bars proportional to the rates, and is a run left out if it was not measured?"""
    stock, ours = boxes(draw_grading({**CLASS, "stock": STOCK}))
    assert width(ours) / width(stock) == pytest.approx(20.0, rel=0.01)
    assert len(boxes(draw_grading({**CLASS, "stock": STOCK, "stock_full": {**STOCK, "per_minute": 0.4}}))) == 3


def test_a_class_without_loops_has_bars_and_figures_of_its_own() -> None:
    """Is the ratio for work without loops in Python drawn beside that for the whole class, and said with the number of submissions?"""
    quick = {
        "submissions": 48,
        "per_minute": 120.4,
        "cpu_s_each": 0.7,
        "stock": {**STOCK, "students": 16, "per_minute": 7.0, "times": 17.2},
    }
    picture = draw_grading({**CLASS, "stock": STOCK, "vectorised": quick})
    drawn = boxes(picture)
    assert [box[0] for box in drawn] == ["other", "bar", "other", "bar"]
    assert width(drawn[3]) / width(drawn[2]) == pytest.approx(17.2, rel=0.02)
    said = " ".join("".join(ElementTree.fromstring(picture).itertext()).split())
    assert "48 finished submissions without loops in Python, 16 of them by nbgrader" in said
    found = figures({**CLASS, "stock": STOCK, "vectorised": quick})
    assert (found["vectorised_per_minute"], found["vectorised_times_stock"], found["times_stock"]) == ("120", "17.2", "20.0")


@pytest.mark.parametrize("picture", [draw_layers({"machine": MACHINE, "rows": LAYER}), draw_grading({**CLASS, "stock": STOCK})])
def test_pictures_name_the_machine(picture: str) -> None:
    """Are processor, libraries and load in the picture and its alternative text, and is every bar inside it?"""
    root = ElementTree.fromstring(picture)
    shown = " ".join(" ".join(e.text or "" for e in root.iter(f"{SVG}text")).split())
    for words in (shown, root.findtext(f"{SVG}title") or ""):
        assert "A processor, 4 cores; Python 3.11.7, numpy 2.4.6, PyTorch 2.13.0; load 0.1 before." in words
    assert "prefers-color-scheme:dark" in picture
    assert all(0 < left < right < WIDTH - 16 for _, left, right in boxes(picture))


def test_the_time_for_10000_students_is_estimated() -> None:
    """Does it follow from the steady rate, and the time of recording from the time for one submission?"""
    found = figures({**CLASS, "stock": STOCK})
    assert (found["hours_for_10000"], found["core_hours_for_10000"], found["recording_minutes_for_10000"]) == ("1.3", "5", "10")
    assert (found["submissions"], found["per_minute"]) == ("1,500", "100")


def test_an_unknown_figure_is_refused() -> None:
    """Is a known figure filled in, and an unknown one refused with the names of those that exist?"""
    assert filled_in("a paper", "grades <!-- measured rate -->1<!-- / --> a minute", {"rate": "45"}) == (
        "grades <!-- measured rate -->45<!-- / --> a minute"
    )
    with pytest.raises(GeneratorError, match=r"'rates'.*rate"):
        filled_in("a paper", "<!-- measured rates -->1<!-- / -->", {"rate": "45"})


def test_recorded_figures_are_plausible() -> None:
    """Does each recorded run name its machine, and does the ratio to stock nbgrader follow from the two rates?"""
    found: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in speed.RECORDED.glob("*.json")}
    for name in found.keys() & {"layers", "grading"}:
        assert found[name]["machine"]["processor"], name
    grading = found["grading"]
    assert grading["per_minute"] / grading["stock"]["per_minute"] == pytest.approx(grading["stock"]["times"])


@pytest.mark.browser
@pytest.mark.parametrize("name", [LAYERS, GRADING])
def test_texts_of_a_picture_do_not_overlap(chromium: Any, name: str) -> None:
    """Is every text inside the picture, and clear of other texts and bars, with this machine's fonts?"""
    page = chromium.new_page()
    page.goto((REPOSITORY / name).as_uri())
    box = "e => {const b = e.getBBox(); return [b.x, b.y, b.x + b.width, b.y + b.height]}"
    texts = page.evaluate(f"[...document.querySelectorAll('text')].map({box})")
    bars = page.evaluate(f"[...document.querySelectorAll('.bar, .other')].map({box})")
    height = float(page.evaluate("document.documentElement.viewBox.baseVal.height"))
    page.close()
    assert len(texts) > 2
    assert all(left > 0 and right < WIDTH - 6 and top > 0 and bottom < height for left, top, right, bottom in texts)
    others = [*texts, *bars]
    assert not [(a, b) for a in texts for b in others if a is not b and a[0] < b[2] and b[0] < a[2] and a[1] + 2 < b[3] and b[1] + 2 < a[3]]


def test_every_mark_is_closed() -> None:
    """Is every mark in the papers closed, so that no other text is replaced?"""
    for paper in PAPERS:
        text = (REPOSITORY / paper).read_text(encoding="utf-8")
        marks = re.findall(r"<!-- measured", text)
        assert marks
        assert len(marks) == len(speed.MARKED.findall(text))
