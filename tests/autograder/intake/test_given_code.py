"""Is the code of a given module sent only where it may be used?"""

from __future__ import annotations

import marshal
import shutil
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from autograder.engine.grade import grade_submission
from autograder.intake import given_code
from autograder.intake.assemble import assemble_for_sandbox
from autograder.intake.submission import stage_submission
from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.sandbox.wire import Channel

PACKAGE = REPOSITORY / "course" / "src" / "coursenn"
WITHHELD = {"fast_layers.py", "fused.py", "gradient_check.py", "im2col.py"}
MICROSCOPE = {path.relative_to(PACKAGE).as_posix() for path in (PACKAGE / "debug").glob("*.py")}
"""A package, which is withheld with its whole content."""


@pytest.fixture
def student(reference: Path, course: Course, tmp_path: Path) -> Path:
    """The reference's work as a submission."""
    for name in course.editable:
        (tmp_path / "student" / "coursenn" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(reference / "coursenn" / name, tmp_path / "student" / "coursenn" / name)
    return tmp_path / "student"


def test_a_sandbox_sees_no_file_that_a_task_may_not_use(student: Path, course: Course, tmp_path: Path) -> None:
    """Are those modules, compiled extensions, their sources and the files for students' commands missing from the mounted files?"""
    with stage_submission(student, course) as staged:
        package = assemble_for_sandbox(staged, tmp_path / "mounted", course)
    files = {p.relative_to(package).as_posix() for p in package.rglob("*") if p.is_file()}
    assert set(given_code.withheld(course)) == WITHHELD | MICROSCOPE
    left_out = WITHHELD | MICROSCOPE | given_code.FOR_STUDENTS
    assert not [name for name in files if name in left_out or name.endswith((".so", ".pyx", ".h", ".pyc"))]
    assert {*course.editable, "__init__.py", "solver.py", "watching.py", "_extension.py"} <= files


def test_a_process_that_forks_checks_gets_what_they_may_use(
    student: Path, course: Course, unsafe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is a parent process sent the code of exactly the modules that its checks may use, and the compiler's process none?"""
    sent: list[tuple[dict[str, Any], list[CodeType]]] = []
    request = Channel.request

    def spy(self: Channel, header: dict[str, Any], arrays: Any = (), **others: Any) -> Any:
        sent.append((header, [marshal.loads(a.tobytes()) for a in arrays]))
        return request(self, header, arrays, **others)

    monkeypatch.setattr(Channel, "request", spy)
    tasks = ["conv-forward", "conv-backward", "relu-backward", "conv-relu-pool"]
    assert {t.verdict for t in grade_submission(student, course, "layers", 3, unsafe_no_sandbox=unsafe, tasks=tasks).tasks} == {"passed"}
    prepared = [(set(header["code"]), codes) for header, codes in sent if header["op"] == "prepare"]
    assert all(not codes for header, codes in sent if header["op"] != "prepare")
    # Modules that the reference does not use are not sent if all answers are right.
    assert sorted(sorted(names) for names, _ in prepared) == [[], ["fast_layers.py", "im2col.py"]]
    assert all({code.co_filename for code in codes} == {f"coursenn/{name}" for name in names} for names, codes in prepared)


def test_functions_that_some_task_may_not_use_are_known(course: Course) -> None:
    """Are they the manifest's, by the file that defines them?"""
    assert given_code.hidden_functions(course, "layers.py") == ["batchnorm_backward", "batchnorm_backward_alt"]
    assert given_code.hidden_functions(course, "optim.py") == []


def test_a_star_of_an_absent_module_knows_its_names(course: Course) -> None:
    """Are the public names of an absent module known without it, and none of a module that is present?"""
    names = given_code.public_names(course, ("im2col",))
    assert names == {"im2col": ["output_size", "im2col", "col2im"]}
    assert given_code.public_names(course, ("debug",))["debug"] == ["explain_gradient"]
