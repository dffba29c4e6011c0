"""``workspace.json``: what a workspace remembers from one command to the next."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from autograder.checked_data import Table, read_json
from autograder.paths import write_atomically

FILE = "workspace.json"


class PinnedVersion(Table, frozen=True):
    """The version that grades a term."""

    version: str
    """The version of the course."""
    commit: str
    """The abbreviated commit of the checkout; empty if there was none."""
    parts: dict[str, str]
    """What marks depend on -> digest of it; see `autograder.results.digests`."""


class SavedSettings(Table, frozen=True, omit_defaults=True):
    """The settings; those that were never chosen are None and left out of the file."""

    manifest: str | None = None
    """The course that the workspace was made for."""
    exchange: str | None = None
    """nbgrader's exchange, if it is not the one inside the workspace."""
    shared_account: bool | None = None
    """Whether all students reach the exchange through one account."""
    graded_by: PinnedVersion | None = None
    """The version that gave the marks; see `autograder.term.pin`."""


def read_settings(folder: Path) -> SavedSettings:
    """What the workspace remembers; empty if it has no file yet.

    Raises
    ------
    DataError
        When the file is not JSON or does not fit.
    """
    return read_json(folder / FILE, SavedSettings) if (folder / FILE).exists() else SavedSettings()


def write_settings(folder: Path, settings: SavedSettings) -> None:
    """Remember these settings."""
    write_atomically(folder / FILE, json.dumps(msgspec.to_builtins(settings), indent=1) + "\n")
