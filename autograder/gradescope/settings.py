"""What a zip for Gradescope was made with; it is read again in the container."""

from __future__ import annotations

from autograder.checked_data import Table
from autograder.engine.early import Tell

SETTINGS = "settings.json"


class ZipSettings(Table, frozen=True):
    """The settings of one zip."""

    assignment: str
    manifest: str
    """Path of the ``course.toml`` in the zip."""
    seed: str
    titles: dict[str, str]
    """The titles of tasks: the notebooks they come from hold model answers and are not in the zip."""
    tell: Tell = Tell.POINTS
    attempts: int = 0
    """How many submissions of a student are graded; 0 for all of them."""
