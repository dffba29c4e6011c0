"""Does the key of a result change with everything that can change a mark, and with nothing else?"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.given_module import STUDENT_PACKAGE
from autograder.manifest import load_course
from autograder.paths import REPOSITORY
from autograder.results.digests import course_digest, course_parts, digest_of_files, grading_files, reasons_to_regrade
from autograder.results.grading_code import grading_code
from tests.autograder.small_course import write_small_course

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
    """Files of autograder and student package that a fresh process has loaded when it is ready to grade."""
    done = subprocess.run([sys.executable, "-c", IMPORTED], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    found = (Path(name).resolve() for name in json.loads(done.stdout))
    return {path for path in found if path.is_relative_to(PACKAGE) or path.is_relative_to(REPOSITORY / "course" / "src")}


def test_everything_that_grading_imports_counts() -> None:
    """Is every module that grading imports, and every file of hidden checks that it loads, part of the digest?"""
    imported = imported_by_grading()
    assert {PACKAGE / name for name in ("engine/grade.py", "checks/affine.py", "manifest.py")} <= imported
    assert imported - set(grading_files()) == set()


def test_what_runs_in_the_sandbox_and_what_is_only_read_count_too() -> None:
    """Are the worker of the sandbox and the catalogue of mistakes, which are read as files, part of the digest?"""
    names = {path.relative_to(PACKAGE).as_posix() for path in grading_files() if path.is_relative_to(PACKAGE)}
    assert {"sandbox/worker/serve.py", "sandbox/worker/contain.py", "mistakes/affine.toml"} <= names


def test_what_grading_does_not_import_does_not_count() -> None:
    """Are pages, exports, commands and the server for graders left out, and is every given module in the list one that grading loads?"""
    counted = {path.relative_to(PACKAGE).parts[0] for path in grading_files() if path.is_relative_to(PACKAGE)}
    assert counted.isdisjoint({"pages", "outgoing", "commands", "questions", "gradebook", "similar", "serving", "cli.py"})
    given = {path for path in grading_files() if path.is_relative_to(STUDENT_PACKAGE)}
    assert given <= imported_by_grading()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the autograder, to be edited."""
    shutil.copytree(PACKAGE, tmp_path / "autograder", ignore=shutil.ignore_patterns("__pycache__", "editor", "page"))
    return tmp_path


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
def test_who_is_graded_again_follows_from_the_imports(copy: Path, file: str, line: str, regrades: bool) -> None:
    """Does a line in a report module regrade nobody, and one in a check, in the engine or in the catalogue everybody?"""
    before = digest_of_files(grading_code(copy))
    path = copy / "autograder" / file
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    assert (digest_of_files(grading_code(copy)) != before) is regrades


def test_a_module_counts_once_grading_imports_it(copy: Path) -> None:
    """Does a new import, be it inside a function, bring a module and what that imports into the key?"""
    before = {path.relative_to(copy).as_posix() for path in grading_code(copy)}
    judge = copy / "autograder" / "engine" / "judge.py"
    own = "\n\ndef later() -> None:\n    from autograder import titles\n\n    print(titles)\n"
    judge.write_text(judge.read_text(encoding="utf-8") + own, encoding="utf-8")
    after = {path.relative_to(copy).as_posix() for path in grading_code(copy)}
    assert "autograder/titles.py" not in before
    assert "autograder/titles.py" in after


COURSE_CHANGED = "the course changed (manifest, given modules, reference or stubs)"


def test_a_change_of_the_course_is_told_by_its_kind(tmp_path: Path) -> None:
    """Do changed points, a changed given module and a changed title each give the reason that fits, and no change none?"""
    course = write_small_course(tmp_path / "own")
    before = course_parts(course)
    assert course_digest(course) == course_digest(load_course(course.path))
    manifest = course.path.read_text()

    course.path.write_text(manifest.replace('version = "1"', 'version = "1"\n# Where we are.\ntimezone = "Asia/Tokyo"'))
    assert reasons_to_regrade(before, course_parts(load_course(course.path))) == []
    course.path.write_text(manifest.replace("points = 3", "points = 5"))
    assert reasons_to_regrade(before, course_parts(load_course(course.path))) == ["points changed"]

    course.path.write_text(manifest.replace('title = "First"', 'title = "Another one"'))
    assert reasons_to_regrade(before, course_parts(load_course(course.path))) == [COURSE_CHANGED]

    course.path.write_text(manifest)
    assert reasons_to_regrade(before, course_parts(load_course(course.path))) == []
    given = course.given["given.py"]
    given.write_text(given.read_text() + "\n# edited\n")
    assert reasons_to_regrade(before, course_parts(course)) == [COURSE_CHANGED]
