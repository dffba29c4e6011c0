"""What does a worker process send back, whatever goes wrong in it?"""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from autograder.runs import worker
from autograder.runs.worker import OtherCourse

REQUEST = ("folder", "course.toml", "digest", "first", 1, True)


class OnlyWritten(Exception):
    """Is written without complaint, and cannot be made again from what was written."""

    def __setstate__(self, state: object) -> None:
        raise ValueError("never again")


def holding(error: Exception, value: object) -> Exception:
    """The exception with something on it."""
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
    """Is an exception sent as it is when it can be pickled, and otherwise by its name and words?"""

    def fails(*_: object) -> None:
        raise make()

    monkeypatch.setattr(worker, "grade_folder", fails)
    reply = pickle.loads(pickle.dumps(worker._reply_to(REQUEST)))
    assert (type(reply), str(reply)) == (kind, text)
