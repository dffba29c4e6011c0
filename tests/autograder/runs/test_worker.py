"""What does a worker process send back if something goes wrong in it?"""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from autograder.runs import worker
from autograder.runs.worker import OtherCourse

REQUEST = ("folder", "course.toml", "digest", "first", 1, True)


class OnlyWritten(Exception):
    """An exception that can be pickled but not unpickled."""

    def __setstate__(self, state: object) -> None:
        raise ValueError("never again")


def holding(error: Exception, value: object) -> Exception:
    """Return the exception with an attribute added."""
    error.value = value  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: OtherCourse("changed"), OtherCourse, "changed"),
        (lambda: holding(OnlyWritten("words"), 1), RuntimeError, "OnlyWritten: words"),
        (lambda: holding(ValueError("held"), lambda: 1), RuntimeError, "ValueError: held"),
    ],
)
def test_every_exception_reaches_the_other_process(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[], Exception], kind: type[Exception], text: str
) -> None:
    """Is an exception sent unchanged if it can be pickled, and otherwise by name and message?"""

    def fails(*_: object) -> None:
        raise make()

    monkeypatch.setattr(worker, "grade_folder", fails)
    reply = pickle.loads(pickle.dumps(worker._reply_to(REQUEST)))
    assert (type(reply), str(reply)) == (kind, text)
