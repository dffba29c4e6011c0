"""Are answers of the class found, put together, and shown without a name?"""

from __future__ import annotations

import os
from typing import Any

import pytest
from bs4 import BeautifulSoup

from autograder.manifest import Course
from autograder.questions.answers import EMPTY, answer_html, digest_of
from autograder.questions.desk import Desk
from autograder.workspace.workspace import Workspace
from tests.autograder.gradebook.odd_class import PNG
from tests.autograder.gradebook.test_hostile_text import HOSTILE
from tests.autograder.questions.answered_class import write_copies
from tests.autograder.questions.conftest import HEAD
from tests.submissions import _notebooks


def test_identical_and_empty_answers_are_one(desk: Desk) -> None:
    """Are answers one that differ in white space alone, empty ones too, and is an untouched cell none?"""
    because, chance = digest_of("Because it is so."), digest_of("By chance.")
    assert desk.answers.members("alpha-why", because) == ["ada", "bob"]
    assert desk.answers.members("alpha-why", chance) == ["cyd"]
    assert desk.answers.members("alpha-why", EMPTY) == ["eve", "fay"]
    assert {row["student"] for row in desk.state.rows("SELECT student FROM answer")} == {"ada", "bob", "cyd", "eve", "fay"}


def test_pictures_tell_answers_apart() -> None:
    """Is the same text below another picture another answer?"""
    assert digest_of("See.", {"a.png": {"image/png": PNG}}) != digest_of("See.")
    assert digest_of(" ", {"a.png": {"image/png": PNG}}) != EMPTY


def test_only_what_changed_is_read_again(desk: Desk, answered: Workspace) -> None:
    """Does a new attempt replace the answer, a withdrawn copy take it away, and nothing else cost a look?"""
    assert desk.answers.refresh() == 0
    write_copies(answered, "cyd", {"alpha-why": "Because it is so."})
    assert desk.answers.refresh() == 2  # both notebooks were written
    assert desk.answers.members("alpha-why", digest_of("Because it is so.")) == ["ada", "bob", "cyd"]
    assert desk.answers.members("beta-why", digest_of("Since it is.")) == []
    os.rename(answered.autograded("ada", "first"), answered.root / "aside")
    assert desk.answers.refresh() == 2
    assert desk.answers.members("alpha-why", digest_of("Because it is so.")) == ["bob", "cyd"]


def test_no_name_is_on_an_answer(desk: Desk) -> None:
    """Is a pseudonym the same each time, another one for each student and class, and nobody's id in what a page is given?"""
    names = {s: desk.answers.pseudonym("student", s) for s in ("ada", "bob", "cyd")}
    assert len(set(names.values())) == 3
    assert names["ada"] == desk.answers.pseudonym("student", "ada")
    shown = repr([desk.turn("alpha-why", HEAD), desk.overview(HEAD), desk.question("alpha-why")])
    assert not [s for s in ("ada", "bob", "cyd", "eve", "fay") if f"'{s}'" in shown or f'"{s}"' in shown]


BREAKERS = [_notebooks.take_the_place_of_scores, _notebooks.attach_what_is_no_picture]


@pytest.mark.parametrize("breaker", BREAKERS)
def test_no_answer_acts_on_the_page(breaker: Any) -> None:
    """The corpus of the formgrader: does an answer reach the page without script, handler, form, name, style or address of its own?"""
    document = _notebooks.read()
    breaker(document)
    for cell in _notebooks.answers(document):
        _is_tame(answer_html("".join(cell["source"]), cell.get("attachments", {})))


@pytest.mark.parametrize(
    "source",
    [
        HOSTILE,
        "<script>document.querySelector('#save').click()</script>",
        '<a href="javascript:alert(1)">x</a> [y](javascript:alert(1)) <a href="/api/alpha-why/mark">z</a>',
        '<form action="/accounts"><button id="save" autofocus onfocus="alert(1)">Save</button></form>',
        '<svg onload="alert(1)"><style>*{display:none}</style></svg><math><mtext><img src=x onerror=alert(1)></mtext></math>',
        '<div style="position:fixed;inset:0" class="actions" id="reading" data-page="{}" contenteditable>over everything</div>',
        '<iframe src="/"></iframe><object data="/"></object><embed src="/"><base href="//x.org/"><meta http-equiv="refresh" content="0">',
        "$\\href{javascript:alert(1)}{x}$ $$\\cssId{save}{y}$$ $\\text{<img src=x onerror=alert(1)>}$",
        '<dialog open id="edit">x</dialog><label for="save">y</label><input type="checkbox" id="keys">',
        "</div></section></main><main data-page='{}'>",
    ],
)
def test_no_text_acts_on_the_page(source: str) -> None:
    """Is what was written for this page as tame as what was written for the formgrader?"""
    _is_tame(answer_html(source, {}))


def _is_tame(html: str) -> None:
    page = BeautifulSoup(html, "html.parser")
    forbidden = "script style iframe object embed form input button textarea select svg base meta link dialog label video main section"
    assert page.find_all(forbidden.split()) == []
    for element in page.find_all():
        names = set(element.attrs)
        assert not {n for n in names if n.startswith(("on", "data-")) or n in ("id", "class", "style", "name", "for", "contenteditable")}
        if element.name == "a":
            assert not str(element.get("href", "")).lower().startswith(("javascript", "/", "data"))
            assert element.get("href") is None or (element["target"], element["rel"]) == ("_blank", ["noopener", "noreferrer"])
        if element.name == "img":
            assert str(element["src"]).startswith("data:image/png;base64,")


def test_other_courses_have_no_desk(answered: Workspace, small: Course) -> None:
    """Is a class without graded copies an empty desk, and not an error?"""
    os.rename(answered.root / "autograded", answered.root / "aside")
    desk = Desk(answered, small, "first")
    assert desk.answers.refresh() == 0
    desk.close()
