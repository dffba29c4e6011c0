"""The results of the checks on a package, and the mistakes that naming derives from them."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from autograder.audit.shared import SharedSandbox
from autograder.checking import Check
from autograder.engine.attempt import Attempts
from autograder.engine.catalogue import checks_of
from autograder.engine.evidence import Evidence, watch
from autograder.engine.messages import Messages
from autograder.engine.naming import NamedMistakes, Naming
from autograder.engine.schedule import Schedule
from autograder.sandbox.local import LocalBackend, OwnPackage
from autograder.sandbox.process_tree import ProcessTree
from autograder.sandbox.sandbox import Mounts


def observed(names: Naming, package: Path, task_id: str) -> list[Evidence]:
    """Return the results of a task's checks on a package, in this process."""
    state = np.random.get_state()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            checks = checks_of(names.course, names.course.task(task_id))
            own = OwnPackage(package)
            return [_watched(names, own, check) for check in checks]
    finally:
        np.random.set_state(state)


def _watched(names: Naming, package: OwnPackage, check: Check) -> Evidence:
    backend = LocalBackend(package)
    backend.proportions = names.expected.sizes(check)
    return watch(check, backend, names.expected.seed, names.expected.of(check))


def named(names: Naming, package: Path, task_id: str) -> NamedMistakes:
    """Return the mistakes that explain the results of a task's checks on a package."""
    return names.name(names.course.task(task_id), observed(names, package, task_id))


def graded(names: Naming, sandbox: SharedSandbox, package: Path, task_id: str) -> list[Evidence]:
    """Return the results of a task's checks on a package in the sandbox's folder, in the worker that runs submissions."""
    folder = package / "coursenn"
    tree = ProcessTree(names.course, Mounts(folder), sandbox.limits, enter=lambda: sandbox.enter(folder))
    attempts = Attempts(names.course, tree, names.expected, sandbox.limits, Messages(names.course, folder))
    try:
        results = Schedule(attempts, tree).run(names.course.task(task_id))
    finally:
        tree.close()
    return [r.evidence for r in results if r.evidence is not None]
