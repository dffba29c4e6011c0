"""The desk for a class of the small course whose answers nobody has read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.manifest import Course
from autograder.questions.desk import Desk
from autograder.questions.graders import Grader
from autograder.workspace.workspace import Workspace
from tests.autograder.questions.answered_class import answered_class

GIVEN = {
    "ada": {"alpha-why": "Because it is so.", "beta-why": "It follows."},
    "bob": {"alpha-why": "Because  it is\nso. "},
    "cyd": {"alpha-why": "By chance.", "beta-why": "It follows from Alpha."},
    "dan": {},
    "eve": {"alpha-why": "   "},
    "fay": {"alpha-why": "\n"},
}
HEAD, ANN, BEN = Grader("instructor", "head"), Grader("ann"), Grader("ben")


@pytest.fixture
def answered(workspace: Workspace) -> Workspace:
    """The workspace of that class."""
    answered_class(workspace, GIVEN)
    return workspace


@pytest.fixture
def desk(answered: Workspace, small: Course) -> Iterator[Desk]:
    """The desk of that class, up to date."""
    made = Desk(answered, small, "first")
    made.refresh()
    made.entering.look()
    yield made
    made.close()
