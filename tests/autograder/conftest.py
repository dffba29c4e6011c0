"""Two courses of a few functions, so that grading is tested separately from the real one.

`mini_course` is graded without a workspace; `small_course` is released once for each run of the tests, and every test has a
workspace of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.engine.grade import grade_submission
from autograder.engine.result import Result
from autograder.manifest import Course, load_course
from autograder.sandbox import sandbox
from autograder.sandbox.limits import Limits
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace
from tests.autograder.mini_course import CHECKS, EXTRA, GIVEN, HEAD, LAYER_UTILS, LAYERS, NET, REFERENCE_ONLY, STUBS, write


@pytest.fixture
def broken_sandbox(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make sandboxes end at once, as on a machine that forbids namespaces."""

    def breaks() -> None:
        monkeypatch.setattr(sandbox, "missing", lambda: None)
        monkeypatch.setattr(sandbox, "walled_command", lambda **_: ["/bin/false"])
        monkeypatch.setattr(sandbox, "problem", sandbox.problem.__wrapped__)

    return breaks


@pytest.fixture(scope="session")
def mini(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The miniature course."""
    root = tmp_path_factory.mktemp("mini") / "course"
    extra = root / "extra"
    write(root, {"course.toml": HEAD})
    write(extra, {"course.toml": EXTRA, "checks/mini.py": CHECKS})
    write(extra / "src" / "coursenn", {**GIVEN, **STUBS})
    write(
        extra / "solutions" / "coursenn", {"layers.py": LAYERS + REFERENCE_ONLY, "layer_utils.py": LAYER_UTILS, "classifiers/net.py": NET}
    )
    return load_course(root / "course.toml")


@pytest.fixture(scope="session")
def unsafe() -> bool:
    """Whether the engine tests run without a sandbox: if there is none, they still test everything else."""
    problem = sandbox.problem()
    if problem and (os.environ.get("COURSENN_REQUIRE_ALL") or os.environ.get("COURSENN_REQUIRE_SANDBOX")):
        pytest.fail(problem)
    return problem is not None


@pytest.fixture
def needs_sandbox(unsafe: bool) -> None:
    """Skip with the reason if there is no sandbox for student code."""
    if unsafe:
        pytest.skip(str(sandbox.problem()))


Grade = Callable[..., Result]


@pytest.fixture
def grade(mini: Course, unsafe: bool, tmp_path: Path) -> Grade:
    """Grade a submission given as texts of its files; files not named are the reference's."""

    def run(files: dict[str, str], tasks: list[str] | None = None, limits: Limits | None = None, seed: int | str = 7) -> Result:
        folder = tmp_path / "student"
        write(folder / "coursenn", {"layers.py": LAYERS, "layer_utils.py": LAYER_UTILS, "classifiers/net.py": NET, **files})
        return grade_submission(
            folder, mini, "mini", seed, unsafe_no_sandbox=unsafe, tasks=tasks, limits=limits or Limits(check_cpu_s=1, check_wall_s=6)
        )

    return run


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The small course, generated. Not to be changed."""
    from tests.autograder.small_course import write_small_course  # brings nbformat and jupytext, two seconds

    return write_small_course(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def released_once(small: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which the small course is released. Not to be changed."""
    from autograder.outgoing.release import release  # brings nbgrader, which takes three seconds

    root = tmp_path_factory.mktemp("released") / "workspace"
    release(open_workspace(root, small), small, "first", generated=True)
    return root


@pytest.fixture
def workspace(small: Course, released_once: Path, tmp_path: Path) -> Workspace:
    """A workspace for this test only, with the small course released in it."""
    root = tmp_path / "class"
    shutil.copytree(released_once, root, symlinks=True)
    return open_workspace(root, small)


@pytest.fixture
def empty(small: Course, tmp_path: Path) -> Workspace:
    """A fresh workspace of the small course."""
    return open_workspace(tmp_path / "fresh", small)
