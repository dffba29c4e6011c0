"""What naming makes of a package in this process, without the worker."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from autograder.engine.backends import LocalBackend, forget
from autograder.engine.catalogue import checks_of
from autograder.engine.evidence import Evidence, watch
from autograder.engine.naming import Named, Naming


def observed(names: Naming, package: Path, task_id: str) -> list[Evidence]:
    """What the checks of a task see of a package."""
    state = np.random.get_state()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            checks = checks_of(names.course, names.course.task(task_id))
            return [watch(c, LocalBackend(package), names.expected.seed, names.expected.of(c)) for c in checks]
    finally:
        forget(package)
        np.random.set_state(state)


def named(names: Naming, package: Path, task_id: str) -> Named:
    """The mistakes that explain what the checks of a task see of a package."""
    return names.name(names.course.task(task_id), observed(names, package, task_id))
