"""Make a workspace, or open an existing one: its folders, its settings file, its nbgrader configuration."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import msgspec

from autograder.checked_data import DataError
from autograder.manifest import Course, load_course
from autograder.paths import printable
from autograder.workspace.nbgrader_config import write_config
from autograder.workspace.saved_settings import SavedSettings, read_settings, write_settings
from autograder.workspace.workspace import Workspace, WorkspaceError

DEFAULT_ROOT = Path("workspace")
MISREAD = "?%#[]*\\"
"""Characters that SQLite, alembic or nbgrader misread in a path: as a query, a variable or a pattern."""
FOLDERS = ("source", "release", "submitted", "autograded", "feedback", "results", "logs")


def open_workspace(root: str | Path | None = None, course: Course | None = None, exchange: str | Path | None = None) -> Workspace:
    """The workspace at ``root`` (default ``./workspace``), made on first use, with its nbgrader configuration up to date.

    Parameters
    ----------
    root : the folder; its parent must exist.
    course : the course to work with; by default the one the workspace was made for, else this repository's.
    exchange : nbgrader's exchange; by default the one chosen earlier, else ``exchange/`` inside the workspace.

    Raises
    ------
    WorkspaceError
        When the folder cannot be made or written, or has a name that nbgrader would misread.
    """
    folder = Path(root or DEFAULT_ROOT).absolute()
    for path in (folder, *([Path(exchange)] if exchange else [])):
        _require_readable_name(path.resolve())
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        settings = _settings(folder)
        chosen = course or load_course(settings.manifest)
        default = folder.resolve() / "exchange"
        place = Path(exchange).absolute() if exchange else Path(settings.exchange or default)
        workspace = Workspace(folder.resolve(), place, chosen.path)
        for name in FOLDERS:
            (workspace.root / name).mkdir(exist_ok=True)
        # The default exchange is left out, so that a workspace can be moved.
        new = msgspec.structs.replace(settings, manifest=str(chosen.path), exchange=None if place == default else str(place))
        if new != settings:
            write_settings(folder, new)
        write_config(workspace, chosen)
    except OSError as error:
        raise WorkspaceError(f"cannot work in {folder}: {error.strerror or error}. Name another folder with --workspace.") from error
    put_tools_on_path()
    return workspace


def _require_readable_name(path: Path) -> None:
    """Refuse, before anything is written, a path that nbgrader or its database would misread."""
    found = sorted({c for c in str(path) if c in MISREAD or not c.isprintable()})
    if found:
        signs = " ".join(c if c.isprintable() else ascii(c) for c in found)
        raise WorkspaceError(
            f"{printable(str(path))} cannot be used: nbgrader and its database take {signs} in a path for something else. "
            "Give the folder another name; letters, digits, spaces, dots, - and _ are safe."
        )


def existing_workspace(root: str | Path) -> Workspace:
    """The existing workspace at ``root``, for code that nbgrader calls: nothing is written."""
    folder = Path(root).resolve()
    settings = _settings(folder)
    return Workspace(folder, Path(settings.exchange or folder / "exchange"), load_course(settings.manifest).path)


def _settings(folder: Path) -> SavedSettings:
    try:
        return read_settings(folder)
    except DataError as error:
        raise WorkspaceError(f"{error}. Correct the file, or delete it and name the course and the exchange again") from error


def put_tools_on_path() -> None:
    """Put the environment's programs on PATH: nbgrader calls ``alembic`` by its bare name."""
    folder = str(Path(sys.executable).parent)
    if shutil.which("alembic", path=folder) and folder not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([folder, os.environ.get("PATH", "")])
