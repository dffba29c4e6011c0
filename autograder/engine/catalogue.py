"""Finds the hidden checks of the manifest's tasks, and what they see of the reference."""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from autograder.checking import session
from autograder.checking.session import Check, Draw, Observation, Requirement, Session, SubjectError
from autograder.manifest import Course, Task
from autograder.paths import module_name
from autograder.sandbox.backends import LocalBackend, _Backend

Seen = list[Observation | Requirement]
GradeModel = Callable[[str, dict[str, Any], int], list[tuple[str, bool, str, float]]]
CHECKS = Path(session.__file__).resolve().parent


class CatalogueError(RuntimeError):
    """A hidden check does not do what it must on the reference: nothing is graded until that is mended."""


@functools.cache
def checks_module(path: Path) -> tuple[ModuleType, tuple[Check, ...]]:
    """The module at that path and the checks it registers."""
    if path.parent == CHECKS:
        name = f"autograder.checks.{path.stem}"
    else:
        name = f"coursenn_extra_checks_{zlib.crc32(str(path).encode()):08x}_{path.stem}"
    module = sys.modules.get(name) or _import(name, path)
    return module, tuple(c for c in session.REGISTRY if c.run.__module__ == name)


def _import(name: str, path: Path) -> ModuleType:
    if path.parent == CHECKS:
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CatalogueError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def checks_of(course: Course, task: Task) -> tuple[Check, ...]:
    """The hidden checks of a task, in the order they are written in."""
    found = tuple(c for c in checks_module(course.checks_file(task.checks))[1] if c.task == task.id)
    if not found:
        raise CatalogueError(f"{task.id} has no hidden check: write one in {task.checks}.py")
    return found


def module_of(course: Course, function: str) -> str:
    """The module of the package that holds a function of the manifest: ``classifiers.cnn`` of ``classifiers.cnn.ThreeLayerConvNet``."""
    for name in course.editable:
        module = module_name(name)
        if function.startswith(module + "."):
            return module
    raise CatalogueError(f"{function} is in no editable file")


def modules_of(course: Course, task: Task) -> tuple[str, ...]:
    """The modules that hold the functions of a task."""
    return tuple(dict.fromkeys(module_of(course, f) for f in task.functions))


def grader_of_models(course: Course, task: Task) -> GradeModel:
    """The function that grades trained weights: ``grade_model(task_id, arrays, seed) -> [(name, passed, message, weight)]``."""
    grade: GradeModel = checks_module(course.checks_file(task.checks))[0].grade_model
    return grade


def number(seed: int | str, *words: str) -> int:
    """A number that depends on the seed and the words, and tells neither."""
    return int.from_bytes(hashlib.sha256("\0".join([str(seed), *words]).encode()).digest()[:16], "big")


def open_session(check: Check, backend: _Backend, seed: int | str) -> Session:
    """A session for one check over one backend, ready for ``check.run``."""
    # Networks draw weights from numpy's global generator: the same stream on both sides, whatever ran before.
    backend.seed(zlib.crc32(check.name.encode()))
    return Session(backend, Draw(np.random.default_rng(number(seed, check.task, check.name))))


def finish(check: Check, session: Session) -> Seen:
    """Run a check in its session to the end; what it looked at."""
    with session.backend.at_work():
        try:
            check.run(session)
        except SubjectError:
            raise
        except Exception:
            # What the submission raised before says more than what the check stumbled over afterwards.
            session.backend.settle()
            raise
        return session.finish()


def run_check(check: Check, backend: _Backend, seed: int | str) -> Seen:
    """Run a check over one backend; what it looked at."""
    return finish(check, open_session(check, backend, seed))


class Expectations:
    """What the checks see of the reference, for one seed; computed once, used for every submission."""

    def __init__(self, path: Path, seed: int | str) -> None:
        self.path, self.seed = path, seed
        self._known: dict[tuple[str, str], tuple[Seen, list[int]]] = {}

    def of(self, check: Check) -> Seen:
        """What one check sees of the reference."""
        return self._of(check)[0]

    def sizes(self, check: Check) -> list[int]:
        """Entries of every array that it fetches from the reference, in order."""
        return self._of(check)[1]

    def _of(self, check: Check) -> tuple[Seen, list[int]]:
        key = (check.task, check.name)
        if key not in self._known:
            self._known[key] = self._compute(check)
        return self._known[key]

    def _compute(self, check: Check) -> tuple[Seen, list[int]]:
        backend = LocalBackend(self.path)
        state = np.random.get_state()
        try:
            seen = run_check(check, backend, self.seed)
        except Exception as error:
            raise CatalogueError(
                f"hidden check {check.name!r} of {check.task} fails on the reference: {type(error).__name__}: {error}"
            ) from error
        finally:
            np.random.set_state(state)
        if not seen:
            raise CatalogueError(f"hidden check {check.name!r} of {check.task} looks at nothing")
        for item in seen:
            if isinstance(item, Requirement) and not item.holds:
                raise CatalogueError(f"hidden check {check.name!r} of {check.task}: the reference does not meet {item.message!r}")
        return seen, backend.sizes


@functools.lru_cache(maxsize=4)
def expectations(path: Path, seed: int | str) -> Expectations:
    """The expectations of a reference and a seed, kept in memory."""
    return Expectations(path, seed)
