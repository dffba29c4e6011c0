"""Is text noted that was copied from forbidden places, and no other text?"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.engine.copied import MAX_COMPARISONS, notes_on_copies
from autograder.engine.grade import grade_submission
from autograder.manifest import Course

Notes = Callable[[str], list[str]]


@pytest.fixture
def package(course: Course, reference: Path, tmp_path: Path) -> Path:
    """The reference's editable files, which a test may change."""
    for name in course.editable:
        (tmp_path / "coursenn" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(reference / "coursenn" / name, tmp_path / "coursenn" / name)
    return tmp_path / "coursenn"


@pytest.fixture
def notes(course: Course, package: Path) -> Notes:
    """Return the notes on the reference's files with some lines appended to ``layers.py``."""

    def after(lines: str) -> list[str]:
        with (package / "layers.py").open("a", encoding="utf-8") as file:
            file.write("\n\n" + lines)
        return notes_on_copies(course, package, list(course.tasks))

    return after


def _given(course: Course, module: str) -> str:
    return course.given[f"{module}.py"].read_text(encoding="utf-8")


def test_right_work_gets_no_note(notes: Notes) -> None:
    """Does the reference differ from the given modules, and each backward pass from the other?"""
    assert notes("") == []


def test_a_copy_is_noted(notes: Notes, course: Course) -> None:
    """Does the note name a pasted function and its source?"""
    (note, *more) = notes(_given(course, "im2col").replace("def im2col", "def windows"))
    assert note.startswith("layers.windows is nearly the text of the given im2col.im2col: ")
    assert [n.split(":")[0] for n in more] == ["layers.col2im is nearly the text of the given im2col.col2im"]


def test_other_names_comments_and_layout_change_nothing(notes: Notes, course: Course) -> None:
    """Is a copy recognised with renamed variables, without comments and docstrings, and inside a longer function?"""
    text = _given(course, "im2col").split("def im2col")[1].split("\ndef ")[0]
    body = text.split('"""')[2]
    for n, name in enumerate(
        sorted(set(re.findall(r"(?<![.\w])[a-z_]\w*(?=[ ,)\]])", body)) - {"for", "in", "if", "not", "and", "or", "return"})
    ):
        body = re.sub(rf"(?<![.\w]){name}\b", f"v{n}", body)
    body = re.sub(r"#.*", "", body).replace("return ", "columns = ")
    (note,) = notes(f"def convolve(image, w):\n    # my own idea\n    rows = w.reshape(len(w), -1)\n{body}\n    return rows @ columns\n")
    assert note.startswith("layers.convolve is nearly the text of the given im2col.im2col")


def test_one_backward_with_the_text_of_the_other_is_noted(notes: Notes, reference: Path) -> None:
    """Is the same text under the name of a function that may not use it noted?"""
    text = (reference / "coursenn" / "layers.py").read_text(encoding="utf-8")
    other = "def batchnorm_backward(" + text.split("def batchnorm_backward(")[1].split("\ndef ")[0]
    found = notes(other.replace("def batchnorm_backward(", "def batchnorm_backward_alt("))
    assert {note.split(":")[0] for note in found} == {
        "layers.batchnorm_backward_alt is nearly the text of layers.batchnorm_backward",
        "layers.batchnorm_backward is nearly the text of layers.batchnorm_backward_alt",
    }


@pytest.mark.parametrize(
    "lines",
    [
        "'''" * 60_001,
        "".join(f"{' ' * n}def f{n}(\n" for n in range(400)) + "x " * 90_000,
        "".join(f"{' ' * n}def f{n}():\n" for n in range(150)) + " " * 160 + "a = a + a * a\n" * 12_000,
        "def f():\n" + "    " + "(" * 100_000,
        'x = "' + "\\'" * 90_000,
        "\0\ufeff" * 50_000 + "def \ud800f():\n".encode("utf-8", "replace").decode(),
    ],
    ids=["quotes", "heads", "nested", "brackets", "apostrophes", "no text"],
)
def test_any_text_costs_little(notes: Notes, lines: str) -> None:
    """Is the time bounded for any content of a file?"""
    started = time.process_time()
    notes(lines)
    assert time.process_time() - started < 5


def test_many_copies_cost_little(notes: Notes, course: Course) -> None:
    """Are the number and the time of comparisons bounded if all functions are alike?"""
    body = _given(course, "im2col").split("def im2col")[1].split("\ndef ")[0].split('"""')[2]
    started = time.process_time()
    found = notes("\n\n".join(f"def f{n}(x):\n{'    a = a[a] + a * a.a(a, a)' * 8}\n{body}" for n in range(140)))
    assert len(found) <= MAX_COMPARISONS
    assert time.process_time() - started < 10


def test_a_note_costs_no_marks(course: Course, package: Path, unsafe: bool) -> None:
    """Does work with a pasted function keep its marks, with the note in its result?"""
    with (package / "layers.py").open("a", encoding="utf-8") as file:
        file.write(
            "\n\nfrom numpy.lib.stride_tricks import sliding_window_view\n\n" + _given(course, "im2col").split("import NDArray\n")[1]
        )
    result = grade_submission(package.parent, course, "layers", 3, unsafe_no_sandbox=unsafe, tasks=["conv-forward"])
    assert result.score == result.max_score
    assert any("nearly the text of the given im2col.im2col" in note for note in result.notes)
