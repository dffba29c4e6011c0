"""Does the key of a result change if a mark can change, and only then?"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.engine.grade import grade_submission
from autograder.generate import known_mistakes
from autograder.generate.everything import build
from autograder.given_module import STUDENT_PACKAGE
from autograder.intake.given_code import FOR_STUDENTS
from autograder.manifest import Assignment, Course, FeedbackSettings, Notebook, Question, Task, load_course
from autograder.paths import REPOSITORY
from autograder.results.digests import OF_A_TASK, course_parts, digest_of_files, grading_files, reasons_to_regrade
from autograder.results.grading_code import grading_code
from tests.autograder.small_course import RIGHT_LAYERS, write_small_course

IMPORTED = """
import json, sys
import autograder.engine.grade
from autograder.engine.catalogue import checks_module
from autograder.manifest import load_course

course = load_course()
for task in course.tasks:
    checks_module(course.checks_file(task.checks))
files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
print(json.dumps(sorted(file for file in files if file)))
"""


PACKAGE = REPOSITORY / "autograder"


def imported_by_grading() -> set[Path]:
    """The files of autograder and student package that a new process loads before it grades."""
    done = subprocess.run([sys.executable, "-c", IMPORTED], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    found = (Path(name).resolve() for name in json.loads(done.stdout))
    return {path for path in found if path.is_relative_to(PACKAGE) or path.is_relative_to(REPOSITORY / "course" / "src")}


def test_everything_that_grading_imports_counts() -> None:
    """Is every module and every file of hidden checks that grading loads part of the digest?"""
    imported = imported_by_grading()
    assert {PACKAGE / name for name in ("engine/grade.py", "checks/affine.py", "manifest.py")} <= imported
    assert imported - set(grading_files()) == set()


def test_files_that_are_not_imported_count() -> None:
    """Are the worker of the sandbox and the catalogue of mistakes part of the digest, although they are not imported?"""
    names = {path.relative_to(PACKAGE).as_posix() for path in grading_files() if path.is_relative_to(PACKAGE)}
    assert {"sandbox/worker/serve.py", "sandbox/worker/contain.py", "mistakes/affine.toml"} <= names


def test_other_files_do_not_count() -> None:
    """Are pages, exports, commands and the graders' server left out, and given modules that grading does not load?"""
    counted = {path.relative_to(PACKAGE).parts[0] for path in grading_files() if path.is_relative_to(PACKAGE)}
    assert counted.isdisjoint({"pages", "outgoing", "commands", "questions", "gradebook", "similar", "serving", "cli.py"})
    given = {path for path in grading_files() if path.is_relative_to(STUDENT_PACKAGE)}
    assert given <= imported_by_grading()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the autograder that a test may change."""
    shutil.copytree(PACKAGE, tmp_path / "autograder", ignore=shutil.ignore_patterns("__pycache__", "editor", "page"))
    return tmp_path


@pytest.mark.whole
@pytest.mark.parametrize(
    ("file", "line", "regrades"),
    [
        ("pages/class_report.py", "# A comment.", False),
        ("outgoing/feedback.py", "LARGEST = 3", False),
        ("publish/synonyms.toml", "# A comment.", False),
        ("checks/affine.py", "# A comment.", True),
        ("engine/judge.py", "ALLOWED = 1.0", True),
        ("mistakes/affine.toml", "# A comment.", True),
        ("sandbox/worker/serve.py", "LIMIT = 1", True),
    ],
)
def test_only_a_change_of_grading_grades_again(copy: Path, file: str, line: str, regrades: bool) -> None:
    """Does a line in a report leave all results valid, and a line in a check, the engine or the catalogue none?"""
    before = digest_of_files(grading_code(copy))
    path = copy / "autograder" / file
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    assert (digest_of_files(grading_code(copy)) != before) is regrades


def test_a_module_counts_once_grading_imports_it(copy: Path) -> None:
    """Does an import inside a function make a module part of the key?"""
    before = {path.relative_to(copy).as_posix() for path in grading_code(copy)}
    judge = copy / "autograder" / "engine" / "judge.py"
    own = "\n\ndef later() -> None:\n    from autograder import titles\n\n    print(titles)\n"
    judge.write_text(judge.read_text(encoding="utf-8") + own, encoding="utf-8")
    after = {path.relative_to(copy).as_posix() for path in grading_code(copy)}
    assert "autograder/titles.py" not in before
    assert "autograder/titles.py" in after


COURSE_CHANGED = "the course changed (manifest, given modules, reference or stubs)"
POINTS_CHANGED = "points changed"
EDITS = [
    # Texts, addresses and other entries that do not affect marks.
    ('title = "A small course"', 'title = "Another one"', None),
    ('version = "1"', 'version = "2"', None),
    ('version = "1"', 'version = "1"\n# A comment.\ntimezone = "Asia/Tokyo"', None),
    ('"https://example.org/small"', '"https://you.github.io/small"', None),
    ('"https://example.org/book"', '""', None),
    ('public_branch = "main"', 'public_branch = "spring"', None),
    ('title = "First"', 'title = "The first one"', None),
    ('title = "Alpha"', 'title = "Layers"', None),
    ("[files]", '[feedback]\nvisible = "pointer"\non_request = false\nanother_look = "Write to us."\n\n[files]', None),
    ('checks = "optim"', 'checks = "optim"\nminutes = 20', None),
    ('id = "beta-why"', 'id = "beta-what"', None),
    ("points = 4", "points = 6", None),  # of a question, which people grade
    # Entries that grading reads.
    ("points = 3", "points = 5", POINTS_CHANGED),
    ("[files]", '[feedback]\nhidden = "pointer"\n\n[files]', COURSE_CHANGED),
    ("[files]", "[grading]\nconsistent_backward_credit = 0.5\n\n[files]", COURSE_CHANGED),
    ('checks = "optim"', 'checks = "relu"', COURSE_CHANGED),
    ('checks = "optim"', 'checks = "optim"\nconsistent_backward_credit = 0.5', COURSE_CHANGED),
    ('checks = "optim"', 'checks = "optim"\nabsent = ["layers.relu_forward"]', COURSE_CHANGED),
    ('functions = ["optim.sgd_momentum"]', 'functions = ["optim.sgd_momentum", "optim.sgd"]', COURSE_CHANGED),
    ('book = "optimisers#momentum"', 'book = "optimisers#nesterov"', COURSE_CHANGED),
    ('notebooks = ["Alpha", "Beta"]', 'notebooks = ["Alpha"]', COURSE_CHANGED),
    ("models = []", 'models = ["models/best.npz"]', COURSE_CHANGED),
]
"""A text in the manifest, its new text, and the reason why results are outdated, if they are."""


@pytest.mark.parametrize(("old", "new", "reason"), EDITS, ids=[new.partition("\n")[2] or new for _, new, _ in EDITS])
def test_only_entries_that_grading_reads_outdate_results(tmp_path: Path, old: str, new: str, reason: str | None) -> None:
    """Do titles, addresses and versions outdate no result, and entries that affect marks every result, with a reason?"""
    course = write_small_course(tmp_path / "own")
    before, manifest = course_parts(course), course.path.read_text()
    assert old in manifest
    course.path.write_text(manifest.replace(old, new))
    assert reasons_to_regrade(before, course_parts(load_course(course.path))) == ([reason] if reason else [])


def test_only_given_modules_of_the_package_outdate_results(tmp_path: Path) -> None:
    """Does a changed given module outdate results, and a generated file for the students' commands not?"""
    course = write_small_course(tmp_path / "own")
    before = course_parts(course)
    (course.given["given.py"].parent / "tasks.json").write_text('{"book": "https://you.github.io/book"}')
    (course.given["given.py"].parent / "known_mistakes.json").write_text('{"places": {"relu#forward": "ReLU, section Another heading"}}')
    assert reasons_to_regrade(before, course_parts(load_course(course.path))) == []
    given = course.given["given.py"]
    given.write_text(given.read_text() + "\n# edited\n")
    assert reasons_to_regrade(before, course_parts(course)) == [COURSE_CHANGED]


def test_all_generated_files_for_students_are_known(course: Course) -> None:
    """Does the list name every JSON file that the generators write into the package?"""
    package = course.root / "src" / "coursenn"
    made = {path for plan in build(course, ("tasks", "checks", "task-hints")) for path in plan.files} | {known_mistakes.KNOWN_MISTAKES}
    assert {Path(path).name for path in made} == FOR_STUDENTS == {path.name for path in package.glob("*.json")}


READ_BY_KEY = {
    Course: {"path", "version", "assignments", "notebooks", "tasks", "editable", "models", "extras", "feedback", "consistent_credit"},
    Notebook: {"name"},
    Assignment: {"name", "notebooks"},
    Task: {*OF_A_TASK, "points"},
    Question: set(),
    FeedbackSettings: {"hidden"},
}
"""What grading reads. The key covers it all, `path` and `extras` by the contents of files, except `version`, which a result names."""


def test_grading_reads_only_entries_that_the_key_covers(
    small: Course, unsafe: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Does grading correct and wrong work read no other entry of the manifest?"""
    read: dict[type, set[str]] = {kind: set() for kind in READ_BY_KEY}
    for kind in READ_BY_KEY:
        names = set(getattr(kind, "__struct_fields__", None) or kind.__dataclass_fields__)

        def watched(self: object, name: str, kind: type = kind, names: set[str] = names) -> object:
            # A course is a key of caches, so its hash reads all fields; this does not affect marks.
            if name in names and sys._getframe(1).f_code.co_name not in ("__hash__", "__eq__"):
                read[kind].add(name)
            return object.__getattribute__(self, name)

        monkeypatch.setattr(kind, "__getattribute__", watched, raising=False)
    for text in (RIGHT_LAYERS, RIGHT_LAYERS.replace("x > 0", "x >= 0").replace("cache > 0", "cache >= 0"), "import absent"):
        hand_in = tmp_path / str(len(text)) / "coursenn"
        hand_in.mkdir(parents=True)
        (hand_in / "layers.py").write_text(text)
        grade_submission(hand_in.parent, small, "first", 5, unsafe_no_sandbox=unsafe).document()
    assert {"checks", "points", "functions"} <= read[Task]
    assert {kind.__name__: found - READ_BY_KEY[kind] for kind, found in read.items() if found - READ_BY_KEY[kind]} == {}
