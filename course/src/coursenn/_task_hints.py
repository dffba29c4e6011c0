"""Hints on request: three steps for each task, none of which is code. ``task_hints.json`` holds them."""

from __future__ import annotations

import json
from pathlib import Path

from coursenn._work_folder import WorkError

FILE = Path(__file__).with_name("task_hints.json")
STEPS = 3
TITLES = ("what to think of", "where it usually goes wrong", "the shape of the way")


def step(task: str, number: int) -> str:
    """A hint as text, with what gives the next one.

    Parameters
    ----------
    task : the task.
    number : 1, 2 or 3.

    Raises
    ------
    WorkError
        If the course gives no hint for it.
    """
    try:
        hints = json.loads(FILE.read_text(encoding="utf-8"))[task]
    except (OSError, ValueError, KeyError):
        raise WorkError(f"this course gives no hints for {task}") from None
    more = "" if number == STEPS else f"\n(The next one: `python -m coursenn check {task} --hint {number + 1}`, or hint() once more.)"
    return f"{task}, hint {number} of {STEPS}, {TITLES[number - 1]}: {hints[number - 1]}{more}"
