"""Finds the hidden checks of the manifest's tasks, and the modules that they need."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

from autograder import checks
from autograder.checking import REGISTRY, Check, weighed
from autograder.manifest import Course, Task
from autograder.paths import module_name
from autograder.sandbox.process_tree import Load


class GradesModels(Protocol):
    """A module that grades trained weights."""

    draw_images: Callable[[int], tuple[Any, ...]]
    """``draw_images(seed)``: arrays, the same for every submission of a workspace."""
    grade_model: Callable[[str, dict[str, Any], Sequence[Any]], list[tuple[str, bool, str, float]]]
    """``grade_model(task_id, arrays, drawn) -> [(name, passed, message, weight)]``, where ``drawn`` is from `draw_images`."""


CHECKS = Path(checks.__file__).resolve().parent


class CatalogueError(RuntimeError):
    """A hidden check fails on the reference: nothing is graded until that is corrected."""


@functools.cache
def checks_module(path: Path) -> tuple[ModuleType, tuple[Check, ...]]:
    """The module at that path and the checks it registers."""
    if path.parent == CHECKS:
        name = f"autograder.checks.{path.stem}"
    else:
        name = f"coursenn_extra_checks_{zlib.crc32(str(path).encode()):08x}_{path.stem}"
    module = sys.modules.get(name) or _import(name, path)
    return module, tuple(c for c in REGISTRY if c.module == name)


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
    """The hidden checks of a task, behaviours first; each weight is the check's share of the task's points."""
    found = weighed([c for c in checks_module(course.checks_file(task.checks))[1] if c.task == task.id])
    if not found:
        raise CatalogueError(f"{task.id} has no hidden check: write one in {task.checks}.py")
    return found


def module_of(course: Course, function: str) -> str:
    """The module of the package that holds a function of the manifest: ``classifiers.cnn`` for ``classifiers.cnn.ThreeLayerConvNet``."""
    for name in course.editable:
        module = module_name(name)
        if function.startswith(module + "."):
            return module
    raise CatalogueError(f"{function} is not in an editable file")


def task_modules(course: Course, task: Task) -> tuple[str, ...]:
    """The modules that hold the functions of a task."""
    return tuple(dict.fromkeys(module_of(course, f) for f in task.functions))


def grader_of_models(course: Course, task: Task) -> GradesModels:
    """The module that grades the trained weights of a task."""
    return cast(GradesModels, checks_module(course.checks_file(task.checks))[0])


def task_load(course: Course, task: Task) -> Load:
    """What the process of a task's checks loads from the student's package."""
    return Load(task_modules(course, task), task.absent)
