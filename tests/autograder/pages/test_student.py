"""Can a student read the page on a phone, in the dark and with a screen reader, and does it say what there is to say?"""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from autograder.manifest import Course
from autograder.pages.student import Answer, feedback_page

AA = 4.5
VOID = {"meta", "br", "link", "img", "hr"}


def document(course: Course, **more: Any) -> dict[str, Any]:
    """A result with a passed, a partly right and an untouched task."""
    tasks = []
    for task, verdict, score in zip(course.tasks[:3], ("passed", "partial", "not_attempted"), (1.0, 0.5, 0.0), strict=False):
        checks = [
            {"name": "gradient of x", "passed": score > 0, "message": ""},
            {"name": "a check with a rather long name that has to wrap on a phone", "passed": score == 1, "message": "x <b>is</b> off"},
        ]
        tasks.append(
            {
                "id": task.id,
                "function": task.function,
                "notebook": task.notebook,
                "verdict": verdict,
                "score": task.points * score,
                "max_score": task.points,
                "elapsed_s": 0.1,
                "checks": checks,
                "mistakes": [],
                "hint": "Here is the place.\nAnd a question?" if verdict == "partial" else None,
                "see": task.book,
            }
        )
    tasks[1]["checks"][1]["credit"] = 0.5
    total = sum(t["score"] for t in tasks)
    return {"assignment": course.assignments[0].name, "status": "graded", "score": total, "max_score": 9.0, "tasks": tasks, **more}


@pytest.fixture
def page(course: Course) -> str:
    answers = [Answer("q-one", "Dropout", 2.0), Answer("q-two", "Dropout", 2.0, 1.5, "well <i>said</i>")]
    return feedback_page(course, "ada <script>", document(course), answers, ["not taken: a\u202eb<script>.py"])


class Reader(HTMLParser):
    """Walks a page as a screen reader does."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.tags: set[str] = set()
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for name, value in attrs:
            self.handlers += [name] if name.startswith("on") else []
            self.ids += [value or ""] if name == "id" else []
            if name in ("aria-labelledby", "for") or (name == "href" and (value or "").startswith("#")):
                self.references.append((value or "").lstrip("#"))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def test_the_page_is_made_of_landmarks_and_headings(page: str) -> None:
    """Is every element closed, every heading one step below the last at most, and every reference there?"""
    reader = read(page)
    assert not reader.open
    assert {"html", "header", "main", "nav", "section", "h1", "h2", "h3", "meter", "footer"} <= reader.tags
    assert reader.headings[0] == 1
    assert reader.headings.count(1) == 1
    assert all(b <= a + 1 for a, b in zip(reader.headings, reader.headings[1:], strict=False))
    assert len(set(reader.ids)) == len(reader.ids)
    assert set(reader.references) <= set(reader.ids)
    assert '<html lang="en">' in page
    assert "width=device-width" in page


def test_nothing_runs_and_nothing_is_fetched(page: str) -> None:
    """Is there no script, no handler and no address but links to the book?"""
    reader = read(page)
    assert not reader.handlers
    assert not reader.tags & {"script", "iframe", "object", "embed", "form", "link", "img", "base"}
    assert "default-src 'none'" in page
    assert "&lt;script&gt;" in page
    assert "<b>is</b>" not in page
    assert "<i>said</i>" not in page


def test_right_comes_first_and_every_loss_has_its_reason(page: str, course: Course) -> None:
    """Does the page praise before it corrects, and say reason, hint, credit and place in the book?"""
    order = ["What is right</h2>", "Where points were lost</h2>", "What is not there yet</h2>", "Your answers</h2>", "Notes</h2>"]
    places = [page.index(text) for text in order]
    assert places == sorted(places)
    lost = page[places[1] : places[2]]
    assert lost.index("gradient of x") < lost.index("a check with a rather long name")
    for text in ("x &lt;b&gt;is&lt;/b&gt; off", "Here is the place.", "And a question?", "50 % of its points", "Read the book on "):
        assert text in lost
    assert "not read yet" in page
    assert "1.5 of 2 points" in page


def test_the_book_is_linked_once_it_has_an_address(page: str, course: Course) -> None:
    """Are places in the book links to the course's own address, and words while there is none?"""
    assert "https://" not in page
    assert 'Read <a href="https://you.github.io/layers/book/' in feedback_page(
        dataclasses.replace(course, book_address="https://you.github.io/layers"), "ada", document(course)
    )


def test_a_submission_that_could_not_be_graded_is_told_why(course: Course) -> None:
    """Does the page say why there are no points?"""
    text = feedback_page(course, "ada", document(course, status="not_gradable", reason="the archive is damaged"))
    assert "could not be graded: the archive is damaged" in " ".join(text.split())


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours_have_enough_contrast(page: str) -> None:
    """Does all text reach WCAG AA on both backgrounds, in light and in dark?"""
    themes = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", page, re.DOTALL)]
    assert len(themes) == 2
    for theme in themes:
        for ground in ("page", "card"):
            for text in ("text", "soft", "link", "good", "part", "bad"):
                assert contrast(theme[ground], theme[text]) >= AA, (ground, text, theme)
            assert contrast(theme[ground], theme["line"]) >= 3


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(scheme: Any, page: str, tmp_path: Path, chromium: Any) -> None:
    """Is there nothing to scroll sideways at 320 pixels, and does the dark scheme reach the screen?"""
    path = tmp_path / "index.html"
    path.write_text(page, encoding="utf-8")
    view = chromium.new_page(viewport={"width": 320, "height": 640}, color_scheme=scheme)
    view.goto(path.as_uri())
    wide = view.evaluate("document.documentElement.scrollWidth")
    ground = view.evaluate("getComputedStyle(document.body).backgroundColor")
    view.close()
    assert wide <= 320
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}[scheme]
