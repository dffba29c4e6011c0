"""Do the pictures of the README show what the code says today, and can one read them?"""

from __future__ import annotations

import dataclasses
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from autograder.demo import pictures
from autograder.demo.pictures import FAILED_CHECK, FEEDBACK_CARD, build_pictures, failed_check, feedback_card
from autograder.demo.sample_class import CLASS
from autograder.generate.errors import GeneratorError
from autograder.generate.svg import WIDTH, Piece, draw, paragraph
from autograder.generate.tree import Plan, compare
from autograder.manifest import Course
from autograder.mistakes import load_mistakes
from autograder.paths import REPOSITORY

MAX_BYTES = 60_000
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def plan(course: Course) -> Plan:
    """The pictures as the code makes them now."""
    found = build_pictures(course)
    assert found is not None
    return found


def words(picture: bytes) -> str:
    """Everything that a picture says, in one line."""
    return " ".join(" ".join(element.text or "" for element in ElementTree.fromstring(picture).iter(f"{SVG}text")).split())


def test_pictures_are_what_the_code_says_today(plan: Plan) -> None:
    """Are the committed pictures those that the code makes now?"""
    assert set(plan.files) == {FAILED_CHECK, FEEDBACK_CARD}
    assert not compare(plan), "run `autograder generate --only pictures` and commit what it writes"


def test_pictures_name_the_mistakes(plan: Plan, course: Course) -> None:
    """Do the pictures hold what the catalogue says of the two mistakes: a question in the notebook, all of it in the feedback?"""
    catalogue = {mistake.id: mistake for mistake in load_mistakes(course)}
    made = {student.id: catalogue[student.mistakes[0]] for student in CLASS if student.id in (pictures.CHECKED, pictures.GRADED)}
    assert made[pictures.CHECKED].asks in words(plan.files[FAILED_CHECK])
    assert made[pictures.GRADED].says in words(plan.files[FEEDBACK_CARD])
    assert made[pictures.GRADED].asks in words(plan.files[FEEDBACK_CARD])


def test_picture_of_the_check_holds_no_rounding_error(plan: Plan) -> None:
    """Would another machine, which rounds differently, draw the same? A figure of an error below 1e-8 says no."""
    assert not re.findall(r"error \d\.\de-(?:09|1\d)", words(plan.files[FAILED_CHECK]))


@pytest.mark.parametrize("name", [FAILED_CHECK, FEEDBACK_CARD])
def test_pictures_are_small_and_whole(plan: Plan, name: str) -> None:
    """Is each picture small, without anything from elsewhere, with a text for those who do not see it, and with colours for the dark?"""
    picture = plan.files[name]
    root = ElementTree.fromstring(picture)
    assert len(picture) < MAX_BYTES
    assert len((root.findtext(f"{SVG}title") or "").split()) > 10
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "title", "style", "rect", "text"}
    assert b"prefers-color-scheme:dark" in picture
    assert not re.search(rb"url\(|@import|href|@font-face", picture)


def test_a_check_that_passes_is_no_picture(course: Course) -> None:
    """Is a picture refused, rather than drawn empty, when the student's function is right?"""
    right = dataclasses.replace(next(s for s in CLASS if s.id == pictures.CHECKED), mistakes=())
    with pytest.raises(GeneratorError, match="does not fail"):
        failed_check(course, course.task("svm-loss"), right)
    with pytest.raises(GeneratorError, match="is not named"):
        feedback_card(course, course.task("svm-loss"), right)


def test_course_without_the_tasks_has_no_pictures(course: Course, mini: Course) -> None:
    """Are the pictures left alone for another course, and for one that does not set these tasks any more?"""
    assert build_pictures(mini) is None
    assert build_pictures(dataclasses.replace(course, assignments=())) is None


def test_long_texts_are_broken_below_their_mark() -> None:
    """Is a text broken into lines of the given length that begin at one place, with the mark only on the first line?"""
    lines = paragraph(Piece("one two three four", x=9), columns=9, mark=Piece("!"))
    assert [[piece.text for piece in line.pieces] for line in lines] == [["!", "one two"], ["three"], ["four"]]
    assert {line.pieces[-1].x for line in lines} == {9}


def test_text_is_never_markup() -> None:
    """Is what a message holds drawn as text?"""
    picture = draw("a < b", "x & y", paragraph(Piece("<script>"), columns=20))
    assert words(picture.encode()) == "a < b <script>"


@pytest.mark.browser
@pytest.mark.parametrize("name", [FAILED_CHECK, FEEDBACK_CARD])
def test_no_line_leaves_its_picture(chromium: Any, name: str) -> None:
    """Does every line end inside of the picture, with the fonts of this machine, and none overlap the next?"""
    page = chromium.new_page()
    page.goto((REPOSITORY / name).as_uri())
    boxes = page.evaluate(
        "[...document.querySelectorAll('text')].map(t => t.getBBox()).map(b => [b.x, b.y, b.x + b.width, b.y + b.height])"
    )
    height = float(page.evaluate("document.documentElement.viewBox.baseVal.height"))
    page.close()
    assert len(boxes) > 10
    assert all(left > 0 and right < WIDTH - 6 and top > 0 and bottom < height for left, top, right, bottom in boxes)
    overlap = [
        (a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :] if a[0] < b[2] and b[0] < a[2] and a[1] + 2 < b[3] and b[1] + 2 < a[3]
    ]
    assert not overlap
