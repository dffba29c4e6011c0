"""What a visible check said."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

PASSED, FAILED, UNFINISHED, ENDED, NOT_RUN = "passed", "failed", "unfinished", "ended", "not run"
"""How a check can end. ``ENDED``: its process did, or it took too long."""


@dataclass(frozen=True)
class Outcome:
    """What a check said.

    Parameters
    ----------
    task : the task.
    state : one of the five ways in which a check can end.
    text : what a notebook would show, in one or more lines.
    seconds : how long it took.
    """

    task: str
    state: str
    text: str = ""
    seconds: float = 0.0

    def as_json(self) -> str:
        """The outcome in one line."""
        return json.dumps(asdict(self))
