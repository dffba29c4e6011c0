"""Grades trained networks by the share of new images that they classify correctly.

The images come from the embedded generator with a number derived from the workspace's seed, so nobody has seen them; the engine keeps
them, since they are the same for every submission of a workspace. The network runs in the reference implementation; of the submission only
arrays of numbers arrive here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from autograder.checking import Array, Ref, SubjectError
from autograder.intake.reference import reference_path
from autograder.manifest import load_course
from autograder.sandbox.local import LocalBackend

IMAGES = 2000
BATCH = 100
"""How many images go through a network at once, such that they fit into a processor's cache."""
THRESHOLDS = {
    "best-basic": (0.20, 0.30, 0.38),
    "best-improved": (0.25, 0.35, 0.40, 0.48),
}
"""For each task, the shares of images that must be right; each is worth the same. Chance is 0.1."""

Verdict = tuple[str, bool, str, float]


def draw_images(seed: int) -> tuple[Array, Array]:
    """Draw the images on which networks are evaluated.

    Returns
    -------
    images : (IMAGES, 3, 32, 32) uint8.
    labels : (IMAGES,) int64.
    """
    backend = LocalBackend(_reference())
    images, labels = Ref(backend.call("embedded_data.draw_images", (IMAGES, seed), {})).unpack(2)
    return backend.array(images), backend.array(labels)


def grade_model(task: str, arrays: dict[str, Array], drawn: Sequence[Array]) -> list[Verdict]:
    """Grade the arrays of one model file.

    Parameters
    ----------
    task : id of the task, a key of `THRESHOLDS`.
    arrays : what the file holds; nothing about them is taken for granted.
    drawn : images and labels, from `draw_images`.

    Returns
    -------
    list of (name, passed, message, weight), one for each threshold.
    """
    try:
        accuracy = _accuracy(arrays, drawn)
    except SubjectError as error:
        return [
            (_name(least), False, f"the saved arrays describe no network: {error.text or error.kind}", 1.0) for least in THRESHOLDS[task]
        ]
    message = f"classifies {accuracy:.1%} of {IMAGES} new images correctly"
    return [(_name(least), accuracy >= least, message, 1.0) for least in THRESHOLDS[task]]


def _name(least: float) -> str:
    return f"at least {least:.0%} of new images right"


def _accuracy(arrays: dict[str, Array], drawn: Sequence[Array]) -> float:
    backend = LocalBackend(_reference())
    return float(backend.array(Ref(backend.call("model_files.accuracy", (arrays, *drawn), {"batch_size": BATCH}))))


@lru_cache(maxsize=1)
def _reference() -> Path:
    return reference_path(load_course())
