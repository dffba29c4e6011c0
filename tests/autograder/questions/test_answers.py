"""Are the answers of a class found, grouped and shown without names?"""

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


def test_equal_answers_are_grouped(desk: Desk) -> None:
    """Are answers grouped that differ only in white space, and empty ones, and is an untouched cell left out?"""
    because, chance = digest_of("Because it is so."), digest_of("By chance.")
    assert desk.answers.members("alpha-why", because) == ["ada", "bob"]
    assert desk.answers.members("alpha-why", chance) == ["cyd"]
    assert desk.answers.members("alpha-why", EMPTY) == ["eve", "fay"]
    assert {row["student"] for row in desk.state.rows("SELECT student FROM answer")} == {"ada", "bob", "cyd", "eve", "fay"}


def test_answers_with_different_pictures_are_different() -> None:
    """Is the same text with a picture another answer, and is a picture without text not an empty answer?"""
    assert digest_of("See.", {"a.png": {"image/png": PNG}}) != digest_of("See.")
    assert digest_of(" ", {"a.png": {"image/png": PNG}}) != EMPTY


def test_only_what_changed_is_read_again(desk: Desk, answered: Workspace) -> None:
    """Does a new attempt replace an answer, a missing copy remove it, and is nothing else read again?"""
    assert desk.answers.refresh() == 0
    write_copies(answered, "cyd", {"alpha-why": "Because it is so."})
    assert desk.answers.refresh() == 2  # both notebooks were written
    assert desk.answers.members("alpha-why", digest_of("Because it is so.")) == ["ada", "bob", "cyd"]
    assert desk.answers.members("beta-why", digest_of("It follows from Alpha.")) == []
    os.rename(answered.autograded("ada", "first"), answered.root / "aside")
    assert desk.answers.refresh() == 2
    assert desk.answers.members("alpha-why", digest_of("Because it is so.")) == ["bob", "cyd"]


def test_no_name_is_on_an_answer(desk: Desk) -> None:
    """Does each student have one pseudonym, different from all others, and is no id sent to a page?"""
    names = {s: desk.answers.pseudonym("student", s) for s in ("ada", "bob", "cyd")}
    assert len(set(names.values())) == 3
    assert names["ada"] == desk.answers.pseudonym("student", "ada")
    shown = repr([desk.turn("alpha-why", HEAD), desk.overview(HEAD), desk.question("alpha-why")])
    assert not [s for s in ("ada", "bob", "cyd", "eve", "fay") if f"'{s}'" in shown or f'"{s}"' in shown]


BREAKERS = [_notebooks.take_the_place_of_scores, _notebooks.attach_what_is_no_picture]


@pytest.mark.parametrize("breaker", BREAKERS)
def test_hostile_notebooks_cannot_affect_the_page(breaker: Any) -> None:
    """Is each answer free of scripts, handlers, forms, names, styles and addresses?"""
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
        '<div style="position:fixed;inset:0" class="actions" id="reading" data-page="{}" contenteditable>on top</div>',
        '<iframe src="/"></iframe><object data="/"></object><embed src="/"><base href="//x.org/"><meta http-equiv="refresh" content="0">',
        "$\\href{javascript:alert(1)}{x}$ $$\\cssId{save}{y}$$ $\\text{<img src=x onerror=alert(1)>}$",
        '<dialog open id="edit">x</dialog><label for="save">y</label><input type="checkbox" id="keys">',
        "</div></section></main><main data-page='{}'>",
    ],
)
def test_hostile_answers_cannot_affect_the_page(source: str) -> None:
    """Is a text that was written for this page as harmless as one for the formgrader?"""
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


def test_a_class_without_graded_copies_has_no_answers(answered: Workspace, small: Course) -> None:
    """Is the desk empty, without an error?"""
    os.rename(answered.root / "autograded", answered.root / "aside")
    desk = Desk(answered, small, "first")
    assert desk.answers.refresh() == 0
    desk.close()
