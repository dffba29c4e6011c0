"""Runs hidden checks over a changed reference: which ones fail, and by what margin."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from autograder.checks.api import Check, Observation, SubjectError
from autograder.course import Course
from autograder.engine.backends import LocalBackend
from autograder.engine.catalogue import Seen, checks_of, expectations, run_check
from autograder.engine.judge import judge


@dataclass
class Marks:
    """What a package gets for one task."""

    passed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Name of a failed check -> message."""
    share: float = 0.0
    margin: float = 0.0
    """The largest error in units of the tolerance; infinite where a property fails or a call raises."""


def write_variant(reference: Path, folder: Path, changes: dict[str, str]) -> Path:
    """A package that is the reference but for some files, whose new text is given."""
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


def substitute(source: str, scope: str, old: str, new: str) -> str:
    """Replace a text inside one function or class (``Class.method``); ``LookupError`` when it is not there."""
    node: ast.AST = ast.parse(source)
    for part in scope.split("."):
        inner = [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == part]
        if not inner:
            raise LookupError(f"there is no {scope}: the reference has changed, adapt the variant")
        node = inner[0]
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    lines = source.splitlines(keepends=True)
    start, end = node.lineno - 1, node.end_lineno
    text = "".join(lines[start:end])
    if old not in text:
        raise LookupError(f"{old!r} is not in {scope}: the reference has changed, adapt the variant")
    return "".join(lines[:start]) + text.replace(old, new) + "".join(lines[end:])


def marks(package: Path, reference: Path, course: Course, task_id: str, seed: int = 0) -> Marks:
    """Grade one task of a package, in this process."""
    task = course.task(task_id)
    expected = expectations(reference, seed)
    result = Marks()
    total = right = 0.0
    state = np.random.get_state()
    for check in checks_of(course, task):
        message, margin = _run(check, package, expected.of(check), seed)
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


def _run(check: Check, package: Path, expected: Seen, seed: int) -> tuple[str | None, float]:
    """The message when the check fails, and its margin."""
    try:
        with np.errstate(all="ignore"):
            seen = run_check(check, LocalBackend(package), seed)
            opinion = judge(expected, seen)
    except SubjectError as error:
        return str(error), np.inf
    except Exception as error:
        return f"{type(error).__name__}: {error}", np.inf
    ratios = [_ratio(want, have) for want, have in zip(expected, seen, strict=True)] if len(expected) == len(seen) else [np.inf]
    margin = max(ratios)
    return (None, margin) if opinion.passed else (opinion.message, margin)


def _ratio(want: object, have: object) -> float:
    if not isinstance(want, Observation) or not isinstance(have, Observation):
        return 0.0 if getattr(have, "holds", False) else np.inf
    squeezed = [tuple(n for n in a.shape if n != 1) for a in (want.value, have.value)]
    if squeezed[0] != squeezed[1] or not np.isfinite(have.value).all():
        return np.inf
    error = np.abs(have.value.astype(float).reshape(want.value.shape) - want.value).max(initial=0.0)
    return float(error / (want.atol + want.rtol * np.abs(want.value).max(initial=0.0)))
