"""Is a gradient that is right for the student's own forward pass recognised, and does an empty attempt earn nothing?"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.checking import SubjectError
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import expectations, finish_check, open_session
from autograder.engine.judge import judge
from autograder.engine.own_gradient import own_forward
from autograder.engine.result import CheckResult, TaskResult
from autograder.engine.scores import RIGHT_FOR_OWN_FORWARD, give_credit
from autograder.manifest import Course
from autograder.mistakes import load_mistakes, variant
from autograder.sandbox.local import LocalBackend

SEED = "faces"
Package = Callable[[str], Path]


@pytest.fixture
def package(reference: Path, tmp_path: Path) -> Package:
    """Return the reference with some functions of ``layers.py`` replaced."""
    numbers = itertools.count()

    def make(code: str) -> Path:
        folder = tmp_path / str(next(numbers))
        for path in (reference / "coursenn").rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            copy = folder / path.relative_to(reference)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text + (code if path.name == "layers.py" else ""))
        return folder

    return make


def faces(course: Course, reference: Path, folder: Path, task: str) -> dict[str, str | None]:
    """Return failed check -> the forward function for which its gradients are right."""
    found: dict[str, str | None] = {}
    for check in checks_of(course, course.task(task)):
        expected = expectations(reference, SEED).of(check)
        session = open_session(check, LocalBackend(folder), SEED)
        try:
            seen = finish_check(check, session)
        except SubjectError:
            continue
        opinion = judge(expected, seen, session.calls)
        if not opinion.passed:
            claim = own_forward(session, expected, seen, opinion.right)
            found[check.name] = claim.forward if claim else None
    return found


SCALED = """

_forward, _backward = affine_forward, affine_backward


def affine_forward(x, w, b):
    out, cache = _forward(x, w, b)
    return out * 3, cache


def affine_backward(dout, cache):
    return _backward(dout * {factor}, cache)
"""


def test_a_backward_pass_that_fits_a_wrong_forward_pass_is_recognised(course: Course, reference: Path, package: Package) -> None:
    """Is the derivative of the student's own function recognised as right, and nothing else?"""
    right = faces(course, reference, package(SCALED.format(factor=3)), "affine-backward")
    assert right
    assert {v for k, v in right.items() if k.startswith("gradient")} == {"layers.affine_forward"}
    wrong = faces(course, reference, package(SCALED.format(factor=2)), "affine-backward")
    assert wrong
    assert set(wrong.values()) == {None}


@pytest.mark.parametrize(
    "code",
    [
        "def affine_forward(x, w, b):\n    return np.zeros((len(x), len(b))), (x, w, b)\n\n\ndef affine_backward(dout, cache):\n"
        "    return tuple(np.zeros_like(a) for a in cache)\n",
        "def affine_forward(x, w, b):\n    return np.ones((len(x), len(b))), (x, w, b)\n\n\ndef affine_backward(dout, cache):\n"
        "    return tuple(1e-12 * a for a in cache)\n",
        "def affine_backward(dout, cache):\n    return tuple(np.random.rand(*a.shape) for a in cache)\n",
        "def affine_forward(x, w, b):\n    return 1 / 0\n",
    ],
)
def test_constants_and_zeros_are_not_consistent(course: Course, reference: Path, package: Package, code: str) -> None:
    """Does a forward pass that ignores its input, with a backward pass of zeros, not count as consistent?"""
    assert set(faces(course, reference, package("\n\n" + code), "affine-backward").values()) <= {None}


def test_a_gradient_of_a_wrong_loss_is_recognised(course: Course, reference: Path, package: Package) -> None:
    """Is the gradient of a wrong loss compared with that loss?"""
    code = "\n\n_loss = softmax_loss\n\n\ndef softmax_loss(x, y):\n    loss, dx = _loss(x, y)\n    return 2 * loss, 2 * dx\n"
    assert "layers.softmax_loss" in faces(course, reference, package(code), "softmax-loss").values()


def test_a_catalogued_forward_mistake_leaves_the_backward_pass_its_credit(course: Course, reference: Path, tmp_path: Path) -> None:
    """Does the whole chain work for a typical mistake: an eps that is not the caller's, used in both passes?"""
    mistake = next(m for m in load_mistakes(course) if m.id == "batchnorm-forward-eps-hard-coded")
    found = faces(course, reference, variant(mistake, reference, tmp_path), "batchnorm-backward")
    near = ("gradient of x for a variance near eps", "gradient of x for a tiny eps")
    assert found == dict.fromkeys(near, "layers.batchnorm_forward")


def results(course: Course, forward_share: float, mistakes: list[str]) -> list[TaskResult]:
    """Return a forward task with some of its points, and a backward task whose only failed check is consistent."""
    made = []
    for task_id in ("affine-forward", "affine-backward"):
        task = course.task(task_id)
        made.append(TaskResult(task.id, task.function, task.notebook, "failed", 0.0, task.points))
    made[0].score, made[0].mistakes = forward_share * made[0].max_score, mistakes
    made[1].checks = [CheckResult("gradient of x", False, "dx is off", 1.0, own_forward="layers.affine_forward")]
    return made


@pytest.mark.parametrize(
    ("share", "mistakes", "paid"),
    [(0.5, [], True), (0.0, ["affine-forward-no-bias"], True), (0.0, [], False), (0.2, [], False), (1.0, [], False)],
)
def test_credit_needs_an_attempt(course: Course, share: float, mistakes: list[str], paid: bool) -> None:
    """Does a consistent gradient earn the manifest's share if the forward pass was attempted, and nothing otherwise?"""
    made = results(course, share, mistakes)
    give_credit(course, made)
    assert made[1].score == (course.consistent_credit * made[1].max_score if paid else 0.0)
    assert (RIGHT_FOR_OWN_FORWARD in made[1].checks[0].message) is paid
    assert made[1].checks[0].document().get("credit") == (course.consistent_credit if paid else None)
