"""A workspace made, or opened as it is: its folders, its settings file, its nbgrader configuration."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from autograder.manifest import Course, load_course
from autograder.paths import write_atomically
from autograder.workspace.nbgrader_config import write_config
from autograder.workspace.workspace import Workspace, WorkspaceError

DEFAULT_ROOT = Path("workspace")
FOLDERS = ("source", "release", "submitted", "autograded", "feedback", "results", "logs")
SETTINGS = "workspace.json"
"""Which course the workspace belongs to (``manifest``), and nbgrader's ``exchange`` when it is not the one inside."""


def open_workspace(root: str | Path | None = None, course: Course | None = None, exchange: str | Path | None = None) -> Workspace:
    """The workspace at ``root`` (default ``./workspace``), made on first use, with its nbgrader configuration up to date.

    Parameters
    ----------
    root : the folder; its parent must exist.
    course : the course to work with; by default the one the workspace was made for, else this repository's.
    exchange : nbgrader's exchange; by default the one chosen before, else ``exchange/`` inside the workspace.

    Raises
    ------
    WorkspaceError
        When the folder cannot be made or written.
    """
    folder = Path(root or DEFAULT_ROOT).absolute()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        settings = read_settings(folder)
        chosen = course or load_course(settings.get("manifest"))
        default = folder.resolve() / "exchange"
        place = Path(exchange).absolute() if exchange else Path(settings.get("exchange", default))
        workspace = Workspace(folder.resolve(), place, chosen.path)
        for name in FOLDERS:
            (workspace.root / name).mkdir(exist_ok=True)
        # The default exchange is left out, so that a workspace can be moved.
        new = {"manifest": str(chosen.path), **({} if place == default else {"exchange": str(place)})}
        if new != settings:
            write_atomically(folder / SETTINGS, json.dumps(new, indent=1) + "\n")
        write_config(workspace, chosen)
    except OSError as error:
        raise WorkspaceError(f"cannot work in {folder}: {error.strerror or error}. Name another folder with --workspace.") from error
    put_tools_on_path()
    return workspace


def existing_workspace(root: str | Path) -> Workspace:
    """The workspace at ``root`` as it is, for code that nbgrader calls: nothing is written."""
    folder = Path(root).resolve()
    settings = read_settings(folder)
    return Workspace(folder, Path(settings.get("exchange", folder / "exchange")), load_course(settings.get("manifest")).path)


def read_settings(folder: Path) -> dict[str, str]:
    """The settings of the workspace in that folder; empty when it has none yet.

    Raises
    ------
    WorkspaceError
        When the file is not JSON.
    """
    path = folder / SETTINGS
    if not path.exists():
        return {}
    try:
        settings: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise WorkspaceError(f"{path} is not JSON: delete it and name the course and exchange again") from error
    return settings


def put_tools_on_path() -> None:
    """Put the environment's programs on PATH: nbgrader calls ``alembic`` by its bare name."""
    folder = str(Path(sys.executable).parent)
    if shutil.which("alembic", path=folder) and folder not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([folder, os.environ.get("PATH", "")])
