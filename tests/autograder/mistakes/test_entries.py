"""Is the catalogue complete and consistent, and can students who are stuck understand it?"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from autograder.book_sections import anchors
from autograder.checked_data import DataError
from autograder.checking import Kind
from autograder.cli import main
from autograder.engine.catalogue import checks_of
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


@pytest.mark.tasks
def test_the_catalogue_covers_every_task(course: Course, entries: tuple[Mistake, ...]) -> None:
    """Are there at least 120 entries, and for each task three, or one for each behaviour if these are fewer?"""
    assert len(entries) >= FEWEST
    for task in course.tasks:
        if not task.model:
            behaviours = sum(check.kind is Kind.BEHAVIOUR for check in checks_of(course, task))
            assert sum(m.task == task.id for m in entries) >= min(FEWEST_PER_TASK, behaviours), task.id


@pytest.mark.tasks
def test_no_entry_is_left_out(entries: tuple[Mistake, ...]) -> None:
    """Does every entry belong to a task of the manifest? (Entries of other tasks are skipped without a message.)"""
    files = (REPOSITORY / "autograder" / "mistakes").glob("*.toml")
    assert sum(path.read_text(encoding="utf-8").count("[[mistake]]") for path in files) == len(entries)


@pytest.mark.tasks
def test_every_entry_is_a_different_package(reference: Path, entries: tuple[Mistake, ...]) -> None:
    """Do all entries and forms of a task change the reference in different ways?"""
    seen: dict[tuple[str, ...], str] = {}
    for mistake in (form for m in entries for form in m.forms):
        key = (mistake.task, mistake.scope, mistake.old, mistake.new, mistake.code)
        assert key not in seen, f"{mistake.id} and {seen[key]}"
        assert mistake.old != mistake.new or mistake.code
        seen[key] = mistake.id


@pytest.mark.tasks
def test_the_sections_of_the_book_exist(entries: tuple[Mistake, ...]) -> None:
    """Does every entry link to a section of the book?"""
    for address in {m.book for m in entries}:
        page, _, anchor = address.partition("#")
        text = (REPOSITORY / "book" / f"{page}.md").read_text(encoding="utf-8")
        assert anchor in anchors(text), address


@pytest.mark.tasks
def test_texts_are_for_students(entries: tuple[Mistake, ...]) -> None:
    """Is each text one sentence, and each question a question, of at most 180 characters?"""
    for mistake in entries:
        assert mistake.says[0].isupper(), mistake.id
        assert mistake.says.endswith("."), mistake.id
        assert mistake.says.count(". ") == 0, mistake.id
        assert mistake.asks.endswith("?"), mistake.id
        assert len(mistake.says) <= 180, mistake.id
        assert len(mistake.asks) <= 180, mistake.id
        assert not {"simply", "just", "obviously"} & set((mistake.says + mistake.asks).lower().split()), mistake.id


@pytest.mark.tasks
def test_texts_hold_no_code(course: Course, entries: tuple[Mistake, ...]) -> None:
    """Is every text free of code, and of lines of the reference and of the entry?"""
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
    """Can a variant be imported, and does only one of its files differ from the reference?"""
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
    """Does every form fit the reference, and does each of a sample compile?"""
    forms = [form for m in entries for form in m.forms]
    for mistake in forms:
        assert mistake.code or mistake.old in (reference / "coursenn" / mistake.file).read_text(encoding="utf-8"), mistake.id
    for mistake in forms[::20]:
        folder = variant(mistake, reference, tmp_path / mistake.id)
        ast.parse((folder / "coursenn" / mistake.file).read_text(encoding="utf-8"))


# ---------------------------------------------------------------- entries of other courses, and broken ones


def test_an_extra_has_its_own_entries(tmp_path: Path) -> None:
    """Are the mistakes of an extra folder in the catalogue?"""
    course = load_course(write_course(tmp_path, MISTAKE))
    assert [m.id for m in load_mistakes(course) if m.task == "cube"] == ["cube-squared"]


def test_a_mistake_may_be_written_in_several_ways(tmp_path: Path) -> None:
    """Do further forms share the task and the texts, and does each change the reference in its own way?"""
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


HERE = 'extra/mistakes/cubes.toml, [[mistake]] 1 ("cube-squared")'
BROKEN = {
    "a key is missing": ('asks = "How many factors does a cube have?"\n', "", f"{HERE}: asks is missing"),
    "a text is empty": ('"How many factors does a cube have?"', '""', f'{HERE}, asks: expected a text that is not empty, got ""'),
    "a key is misspelt": (
        'asks = "How many factors does a cube have?"',
        'asks = "How often?"\nsayz = "no"',
        f'{HERE}: unknown key "sayz"; did you mean says?',
    ),
    "a key has another type": ('"How many factors does a cube have?"', "3", f"{HERE}, asks: expected a text that is not empty, got 3"),
    "a tag is unknown": (
        'asks = "How many factors does a cube have?"',
        'asks = "How many factors does a cube have?"\ntags = ["inplace"]',
        f'{HERE}, tags, entry 1: expected one of "in-place", got "inplace"; did you mean "in-place"?',
    ),
    "the old text is missing": ("old = 'x * x * x'\n", "", f"{HERE}: old is missing; write old and new, or code"),
    "the new text is missing": ("new = 'x * x'\n", "", f"{HERE}: new is missing; write old and new, or code"),
    "text and code": (
        "new = 'x * x'",
        "new = 'x * x'\ncode = 'def cube(x): return x'",
        f"{HERE}: write code, or old and new, but not both",
    ),
    "the text is not there": (
        "old = 'x * x * x'",
        "old = 'x ** 3'",
        f"{HERE}: 'x ** 3' is not in cube: the reference has changed, adapt the entry",
    ),
    "the scope is not there": (
        "old = 'x * x * x'",
        "scope = 'cubes'\nold = 'x * x * x'",
        f"{HERE}: there is no cubes: the reference has changed, adapt the entry",
    ),
    "it is not Python": ("new = 'x * x'", "new = 'x *'", f"{HERE}: the changed cube is not Python: invalid syntax (<unknown>, line 4)"),
    "the id has another form": (
        'id = "cube-squared"',
        'id = "Cube"',
        'extra/mistakes/cubes.toml, [[mistake]] 1 ("Cube"), id: expected lower-case words joined by hyphens, got "Cube"',
    ),
    "the id is of another task": (
        'id = "cube-squared"',
        'id = "squared"',
        'extra/mistakes/cubes.toml, [[mistake]] 1 ("squared"), id: it must begin with cube-',
    ),
    "the file is not editable": (
        "old = 'x * x * x'",
        "file = 'cube.py'\nold = 'x * x * x'",
        f"{HERE}, file: cube.py is not an editable file; did you mean cubes.py?",
    ),
    "a form has no new text": (
        "new = 'x * x'",
        "new = 'x * x'\n[[mistake.also]]\nold = 'x'",
        f"{HERE}, [[mistake.also]] 1: new is missing; write old and new, or code",
    ),
    "the text of a form is not there": (
        "new = 'x * x'",
        "new = 'x * x'\n[[mistake.also]]\nold = 'y'\nnew = 'x'",
        f"{HERE}, [[mistake.also]] 1: 'y' is not in cube: the reference has changed, adapt the entry",
    ),
    "the code is not Python": (
        "old = 'x * x * x'\nnew = 'x * x'",
        "code = 'def cube('",
        f"{HERE}: the code is not Python: '(' was never closed (<unknown>, line 1)",
    ),
    "the code replaces nothing": (
        "old = 'x * x * x'\nnew = 'x * x'",
        "code = 'x = 1'",
        f"{HERE}: the code replaces nothing in the reference: define a function or a class that its file has",
    ),
    "the task is unknown": ('task = "cube"', 'task = "cubes"', f'{HERE}, task: "cubes" is not in the manifest; did you mean cube?'),
    "the table is misspelt": ("[[mistake]]", "[[mistakes]]", 'extra/mistakes/cubes.toml: unknown key "mistakes"; did you mean mistake?'),
    "it is not TOML": ('id = "cube-squared"', "id = cube", "extra/mistakes/cubes.toml: not TOML: Invalid value (at line 3, column 6)"),
    "an id is used twice": (MISTAKE, MISTAKE + MISTAKE, HERE.replace("] 1", "] 2") + ": the id is used twice; rename one of the two"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_entry_is_refused_in_one_line(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does the line name the file, the entry and the fault?"""
    before, after, said = BROKEN[what]
    assert before in MISTAKE
    course = load_course(write_course(tmp_path, MISTAKE.replace(before, after)))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as refused:
        load_mistakes(course)
    assert str(refused.value) == said


def test_a_broken_catalogue_stops_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a command that names mistakes end with this line and the exit status 2?"""
    path = write_course(tmp_path, MISTAKE.replace("says", "sayz"))
    monkeypatch.setenv("COURSENN_COURSE", str(path))
    monkeypatch.chdir(tmp_path)
    wrong = tmp_path / "work" / "coursenn" / "cubes.py"
    wrong.parent.mkdir(parents=True)
    wrong.write_text("def cube(x):\n    return x * x\n", encoding="utf-8")
    for command in (["audit"], ["check", "work", "--unsafe-no-sandbox"]):
        done = CliRunner().invoke(main, command)
        assert (done.exit_code, done.output.splitlines()[-1]) == (2, f'Error: {HERE}: unknown key "sayz"; did you mean says?')


def test_entries_of_this_repository_may_not_fit_another_course(tmp_path: Path) -> None:
    """Is there a special error for an entry of this repository that does not fit another course's reference?"""
    course = load_course(write_course(tmp_path, MISTAKE))
    (tmp_path / "extra/course.toml").write_text(
        (tmp_path / "extra/course.toml").read_text().replace('"cube"', '"relu-forward"'), encoding="utf-8"
    )
    (tmp_path / "extra/mistakes/cubes.toml").unlink()  # its entry is for a task that no longer exists
    with pytest.raises(MistakesError, match=r"not an editable file|is not in"):
        load_mistakes(load_course(course.path))
