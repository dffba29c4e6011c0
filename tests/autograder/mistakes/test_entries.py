"""Is the catalogue complete, usable, and fit to be read by a student who is stuck?"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.generate.equations import anchors
from autograder.manifest import Course, load_course
from autograder.mistakes import Mistake, MistakesError, load_mistakes, substitute, variant
from autograder.paths import REPOSITORY
from tests.autograder.mistakes.extra_course import MISTAKE, write_course

FEWEST = 120
FEWEST_PER_TASK = 3
CODE = re.compile(r"\w\(|\w\[|[=*@/]|\*\*|np\.|\w_\w*\w\s*[-+<>]")


@pytest.fixture(scope="module")
def entries(course: Course) -> tuple[Mistake, ...]:
    """The catalogue."""
    return load_mistakes(course)


def test_the_catalogue_covers_every_task(course: Course, entries: tuple[Mistake, ...]) -> None:
    """Are there at least 120 entries, and several for each task that grades functions?"""
    assert len(entries) >= FEWEST
    for task in course.tasks:
        if not task.model:
            assert sum(m.task == task.id for m in entries) >= FEWEST_PER_TASK, task.id


def test_no_entry_is_left_out(entries: tuple[Mistake, ...]) -> None:
    """Does every entry of the files belong to a task of the manifest? (One that does not is skipped, as for a smaller course.)"""
    files = (REPOSITORY / "autograder" / "mistakes").glob("*.toml")
    assert sum(path.read_text(encoding="utf-8").count("[[mistake]]") for path in files) == len(entries)


def test_every_entry_is_a_different_package(reference: Path, entries: tuple[Mistake, ...]) -> None:
    """Do two entries of one task stand for the same code?"""
    seen: dict[tuple[str, ...], str] = {}
    for mistake in (form for m in entries for form in m.forms):
        key = (mistake.task, mistake.scope, mistake.old, mistake.new, mistake.code)
        assert key not in seen, f"{mistake.id} and {seen[key]}"
        assert mistake.old != mistake.new or mistake.code
        seen[key] = mistake.id


def test_books_anchors_exist(entries: tuple[Mistake, ...]) -> None:
    """Does every entry lead to a section of the book?"""
    for address in {m.book for m in entries}:
        page, _, anchor = address.partition("#")
        text = (REPOSITORY / "book" / f"{page}.md").read_text(encoding="utf-8")
        assert anchor in anchors(text), address


def test_texts_are_for_students(entries: tuple[Mistake, ...]) -> None:
    """Is each text one sentence that ends, each question a question, and both short enough to be read?"""
    for mistake in entries:
        assert mistake.says[0].isupper(), mistake.id
        assert mistake.says.endswith("."), mistake.id
        assert mistake.says.count(". ") == 0, mistake.id
        assert mistake.asks.endswith("?"), mistake.id
        assert len(mistake.says) <= 180, mistake.id
        assert len(mistake.asks) <= 180, mistake.id
        assert not {"simply", "just", "obviously"} & set((mistake.says + mistake.asks).lower().split()), mistake.id


def test_texts_hold_no_code(course: Course, entries: tuple[Mistake, ...]) -> None:
    """Does a sentence or a question give the repair: a line of the reference, or of the entry?"""
    solution_lines = {line for file in course.editable for line in _solution_lines(course.reference(file))}
    for mistake in entries:
        for text in (mistake.says, mistake.asks):
            assert not CODE.search(text), f"{mistake.id}: {text}"
            own = [line.strip() for f in mistake.forms for part in (f.old, f.new, f.code) for line in part.split("\n")]
            for line in {*solution_lines, *own}:
                assert len(line) < 6 or line.isalpha() or line not in text, f"{mistake.id}: {line}"


def _solution_lines(path: Path) -> list[str]:
    inside, lines = False, []
    for line in path.read_text(encoding="utf-8").splitlines():
        if "SOLUTION" in line:
            inside = "BEGIN" in line
        elif inside:
            lines.append(line.strip())
    return lines


def test_a_variant_is_a_complete_package(reference: Path, entries: tuple[Mistake, ...], tmp_path: Path) -> None:
    """Can a variant be imported, and does it differ from the reference in one file alone?"""
    mistake = entries[0]
    folder = variant(mistake, reference, tmp_path / "package")
    names = {p.relative_to(reference) for p in reference.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    assert names == {p.relative_to(folder) for p in folder.rglob("*") if p.is_file()}
    changed = {n.as_posix() for n in names if (folder / n).read_bytes() != (reference / n).read_bytes()}
    assert changed == {f"coursenn/{mistake.file}"}
    script = "import coursenn.layers, coursenn.classifiers.cnn; print(coursenn.layers.__file__)"
    run = subprocess.run([sys.executable, "-c", script], cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True)
    assert run.stdout.startswith(str(folder)), run.stderr


def test_every_variant_is_python(reference: Path, entries: tuple[Mistake, ...], tmp_path: Path) -> None:
    """Is an entry ever caught because it does not even compile?"""
    forms = [form for m in entries for form in m.forms]
    for mistake in forms:
        assert mistake.code or mistake.old in (reference / "coursenn" / mistake.file).read_text(encoding="utf-8"), mistake.id
    for mistake in forms[::20]:
        folder = variant(mistake, reference, tmp_path / mistake.id)
        ast.parse((folder / "coursenn" / mistake.file).read_text(encoding="utf-8"))


# ---------------------------------------------------------------- entries that do not hold together


def test_an_extra_brings_entries_of_its_own(tmp_path: Path) -> None:
    """Do the mistakes of an extra folder belong to the catalogue?"""
    course = load_course(write_course(tmp_path, MISTAKE))
    assert [m.id for m in load_mistakes(course) if m.task == "cube"] == ["cube-squared"]


def test_a_mistake_may_be_written_in_several_ways(tmp_path: Path) -> None:
    """Do further forms share task and texts, and are they packages of their own?"""
    also = "[[mistake.also]]\ncode = 'def cube(x): return x'\n[[mistake.also]]\nold = 'x * x * x'\nnew = 'x + x'\n"
    course = load_course(write_course(tmp_path, MISTAKE + also))
    (mistake,) = (m for m in load_mistakes(course) if m.task == "cube")
    assert [f.id for f in mistake.forms] == ["cube-squared", "cube-squared (2)", "cube-squared (3)"]
    assert {(f.says, f.asks, f.book) for f in mistake.forms} == {(mistake.says, mistake.asks, mistake.book)}
    sources = [substitute(course.reference(f.file).read_text(encoding="utf-8"), f) for f in mistake.forms]
    cubes = []
    for source in sources:
        names: dict[str, Any] = {}
        exec(source, names)
        cubes.append(names["cube"](3))
    assert cubes == [9, 3, 6]


BROKEN = {
    "a field is missing": ('asks = "How often?"\n', "", "write asks"),
    "a field is unknown": ('asks = "How often?"\n', 'asks = "How often?"\nwhy = "no"\n', "nobody reads why"),
    "the text is not there": ("old = 'x * x * x'", "old = 'x ** 3'", "is not in cube"),
    "the scope is not there": ("old = 'x * x * x'", "scope = 'cubes'\nold = 'x * x * x'", "there is no cubes"),
    "it is not Python": ("new = 'x * x'", "new = 'x *'", "is not Python"),
    "the id has another form": ('id = "cube-squared"', 'id = "Squared"', "an id is cube-"),
    "a form has no new text": ("new = 'x * x'", "new = 'x * x'\n[[mistake.also]]\nold = 'x'", "cube-squared, form 2: write new"),
    "the text of a form is not there": (
        "new = 'x * x'",
        "new = 'x * x'\n[[mistake.also]]\nold = 'y'\nnew = 'x'",
        "cube-squared (2): 'y' is not in cube",
    ),
    "the code is not Python": ("old = 'x * x * x'\nnew = 'x * x'", "code = 'def cube('", "the code is not Python"),
    "the code is of nothing": ("old = 'x * x * x'\nnew = 'x * x'", "code = 'x = 1'", "takes the place of nothing"),
    "the task is unknown": ('task = "cube"', 'task = "sphere"', "not in the manifest"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_entry_is_refused(what: str, tmp_path: Path) -> None:
    """Does the message name the entry and say what to change?"""
    before, after, message = BROKEN[what]
    course = load_course(write_course(tmp_path, MISTAKE.replace(before, after)))
    with pytest.raises(MistakesError, match=re.escape(message)):
        load_mistakes(course)


def test_an_id_stands_once(tmp_path: Path) -> None:
    """Are two entries of one name refused?"""
    course = load_course(write_course(tmp_path, MISTAKE + MISTAKE))
    with pytest.raises(MistakesError, match="twice"):
        load_mistakes(course)
