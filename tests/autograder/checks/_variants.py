"""Run hidden checks over a changed reference, and return which ones fail and by what margin."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from autograder.audit import margin
from autograder.checking import Check, Observed, SubjectError, is_large
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import expectations, finish_check, open_session
from autograder.engine.judge import judge
from autograder.manifest import Course
from autograder.sandbox.local import LocalBackend

STYLES = Path(__file__).resolve().parent / "styles"
MODULES = {
    "layers": "layers.py",
    "utils": "layer_utils.py",
    "optim": "optim.py",
    "fc": "classifiers/fc_net.py",
    "cnn": "classifiers/cnn.py",
}
"""First word of a style's name -> the file whose definitions it replaces."""


@dataclass
class Marks:
    """The result of a package in one task."""

    passed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Name of a failed check -> message."""
    share: float = 0.0
    margin: float = 0.0
    """The largest error in units of the tolerance; infinite if a property fails or a call raises."""


def write_variant(reference: Path, folder: Path, changes: dict[str, str]) -> Path:
    """A copy of the reference in which some files have a new text."""
    for path in (reference / "coursenn").rglob("*"):
        name = path.relative_to(reference / "coursenn").as_posix()
        if path.is_file() and "__pycache__" not in path.parts:
            target = folder / "coursenn" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if name in changes:
                target.write_text(changes[name], encoding="utf-8")
            else:
                target.symlink_to(path)
    return folder


def style_source(reference: Path, file: str, style: str) -> str:
    """Return a file of the reference in which every graded definition comes from a style."""
    own = (STYLES / f"{style}.py").read_text(encoding="utf-8")
    return (reference / "coursenn" / file).read_text(encoding="utf-8") + "\n\n" + own


def marks(package: Path, reference: Path, course: Course, task_id: str, seed: int = 0, *, large: bool = True) -> Marks:
    """Grade one task of a package in this process; without ``large`` inputs, plain loops take much less time."""
    task = course.task(task_id)
    expected = expectations(reference, seed)
    result = Marks()
    total = right = 0.0
    state = np.random.get_state()
    for check in checks_of(course, task):
        message, margin = _run(check, package, expected.of(check), seed, large)
        total += check.weight
        result.margin = max(result.margin, margin)
        if message is None:
            right += check.weight
            result.passed.append(check.name)
        else:
            result.failed[check.name] = message
    np.random.set_state(state)
    result.share = right / total
    return result


def _run(check: Check, package: Path, expected: list[Observed], seed: int, large: bool) -> tuple[str | None, float]:
    """The message if the check fails, else None, and its margin."""
    if not large:
        expected = [item for item in expected if not is_large(item)]
    try:
        with np.errstate(all="ignore"):
            session = open_session(check, LocalBackend(package), seed)
            session.large = large
            seen = finish_check(check, session)
            opinion = judge(expected, seen)
    except SubjectError as error:
        return str(error), np.inf
    except Exception as error:
        return f"{type(error).__name__}: {error}", np.inf
    error = margin(expected, seen) if len(expected) == len(seen) else np.inf
    return (None if opinion.passed else opinion.message), error
