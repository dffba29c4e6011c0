"""A miniature course, so that the engine is tested apart from the real one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from mini_course import CHECKS, EXTRA, GIVEN, HEAD, LAYER_UTILS, LAYERS, NET, REFERENCE_ONLY, STUBS, write

from autograder.course import Course, load_course
from autograder.engine import sandbox
from autograder.engine.grade import grade_submission
from autograder.engine.limits import Limits
from autograder.engine.result import Result


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
    """Whether the engine tests run without a sandbox: where there is none, they still test everything else."""
    problem = sandbox.problem()
    if problem and (os.environ.get("COURSENN_REQUIRE_ALL") or os.environ.get("COURSENN_REQUIRE_SANDBOX")):
        pytest.fail(problem)
    return problem is not None


@pytest.fixture
def needs_sandbox(unsafe: bool) -> None:
    """Skip, saying why, where student code cannot be walled in."""
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
