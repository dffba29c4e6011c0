"""Does a grader's comment on a task reach the student?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from nbgrader.api import Comment

from autograder.gradebook.rows import rows_of
from autograder.manifest import Course
from autograder.outgoing.feedback import feedback
from autograder.pages.comment_box import highlight_code
from autograder.runs.grade import grade
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace
from tests.autograder.gradebook.test_formgrader import TOKEN, server
from tests.autograder.small_course import WRONG_BACKWARD, hand_in

WORDS = "Which side of zero <is> it?"


def comments(workspace: Workspace, student: str) -> dict[str, str | None]:
    """Return cell -> comment for everything in one notebook that can have one."""
    with nbgrader_api.gradebook(workspace) as book:
        return {name: row.manual_comment for name, row in rows_of(book, Comment, book.find_submission("first", student))["Alpha"].items()}


def write_comment(workspace: Workspace, student: str, cell: str, text: str) -> None:
    """Write a comment as the formgrader's server does."""
    with nbgrader_api.gradebook(workspace) as book:
        rows_of(book, Comment, book.find_submission("first", student))["Alpha"][cell].manual_comment = text
        book.db.commit()


@pytest.fixture
def graded(workspace: Workspace, small: Course) -> Workspace:
    """A workspace in which ben has lost points in relu_backward."""
    hand_in(workspace, "ben", {"coursenn/layers.py": WRONG_BACKWARD})
    assert not grade(workspace, small, "first", unsafe=True).failures
    return workspace


def test_a_comment_on_a_task_is_shown_at_its_loss(graded: Workspace, small: Course) -> None:
    """Does each check have a comment, shown as text on both pages, also after grading again?"""
    assert set(comments(graded, "ben")) == {"relu-forward", "relu-backward", "alpha-cell", "alpha-why"}
    write_comment(graded, "ben", "relu-backward", WORDS)
    grade(graded, small, "first", unsafe=True, force=True)
    assert comments(graded, "ben")["relu-backward"] == WORDS
    assert feedback(graded, small, "first").written == ["ben"]
    folder = graded.feedback("ben", "first")
    card = (folder / "index.html").read_text().partition("<article")[2].partition("</article>")[0]
    assert "Which side of zero &lt;is&gt; it?" in card
    assert "Which side of zero" in (folder / "Alpha.html").read_text()


def test_what_a_page_says_is_read_again_when_it_has_changed(graded: Workspace, small: Course) -> None:
    """Is a comment that is changed between two runs of one process on the page, and one that came with another gradebook?"""
    page = graded.feedback("ben", "first") / "Alpha.html"
    for text in ("Which side?", "Which number?"):
        write_comment(graded, "ben", "relu-backward", text)
        feedback(graded, small, "first")
        assert text in page.read_text()
    copy = graded.root / "other.db"
    shutil.copy(graded.gradebook, copy)
    write_comment(graded, "ben", "relu-backward", "Not this.")
    feedback(graded, small, "first")
    assert "Not this." in page.read_text()
    copy.replace(graded.gradebook)
    feedback(graded, small, "first")
    assert "Which number?" in page.read_text()


def test_only_checks_get_a_box_and_only_in_the_formgrader() -> None:
    """Is there no second box for an answer, none on another page, and none for a name that could break out of it?"""
    check = {"nbgrader": {"grade": True, "solution": False, "grade_id": "relu-forward"}}
    here = {"resources": {"submission_id": "x"}}
    assert 'id="relu-forward-comment"' in highlight_code(here, "x = 1", metadata=check)
    assert "textarea" not in highlight_code({"resources": {}}, "x = 1", metadata=check)
    for other in ({"solution": True}, {"grade": False}, {"grade_id": '"><script>'}):
        assert "textarea" not in highlight_code(here, "x = 1", metadata={"nbgrader": {**check["nbgrader"], **other}})


@pytest.fixture
def page(graded: Workspace, chromium: Any) -> Iterator[Any]:
    """The formgrader's page of ben's first notebook, in a browser."""
    with nbgrader_api.gradebook(graded) as book:
        number = book.find_submission_notebook("Alpha", "first", "ben").id
    with server(graded) as address:
        context = chromium.new_context(extra_http_headers={"Authorization": f"token {TOKEN}"})
        view = context.new_page()
        view.goto(f"{address}/formgrader/submissions/{number}/")
        yield view
        context.close()


@pytest.mark.slow
@pytest.mark.browser
def test_a_comment_is_typed_in_the_formgrader(graded: Workspace, page: Any) -> None:
    """Is text typed below a check saved as the comment on that check only?"""
    page.wait_for_function("() => formgrader.comments && formgrader.comments.loaded")
    with page.expect_response(lambda reply: "/api/comment/" in reply.url and reply.request.method == "PUT"):
        page.fill("#relu-backward-comment", WORDS)
        page.locator("#relu-backward-comment").blur()
    assert comments(graded, "ben") == {"relu-backward": WORDS, "relu-forward": None, "alpha-cell": None, "alpha-why": None}
