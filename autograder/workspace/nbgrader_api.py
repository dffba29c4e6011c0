"""Calls nbgrader: its API objects with the workspace's configuration, and its log in a file."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import traitlets.log
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from sqlalchemy.exc import OperationalError
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.workspace.nbgrader_config import CONFIG_FILE
from autograder.workspace.obstacles import find_obstacle
from autograder.workspace.opening import put_tools_on_path
from autograder.workspace.workspace import LOCKED, Obstacle, Workspace, WorkspaceError

NbgraderReply = dict[str, Any]
"""The reply of a verb of nbgrader's API: ``success``, and possibly ``log`` and ``error`` (a traceback)."""


def config(workspace: Workspace) -> Config:
    """The configuration that nbgrader's own commands would read in the workspace."""
    return PyFileConfigLoader(CONFIG_FILE, path=str(workspace.root)).load_config()


def api(workspace: Workspace) -> NbGraderAPI:
    """nbgrader's API object for the workspace, as the formgrader makes one."""
    put_tools_on_path()
    _make_exchange(workspace.exchange)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _quiet()
        return NbGraderAPI(config=config(workspace))


def _make_exchange(folder: Path) -> None:
    """Make the exchange and the folders above it, which students must be able to enter; nbgrader sets the exchange's permissions."""
    for path in reversed([folder, *folder.parents]):
        if not path.exists():
            path.mkdir(exist_ok=True)
            path.chmod(0o755)


def converter(workspace: Workspace) -> Autograde:
    """nbgrader's converter of submissions, as its commands make it in the workspace, but not started."""
    parent = api(workspace)
    return Autograde(coursedir=parent.coursedir, parent=parent)


def _quiet() -> None:
    """Keep nbgrader's log off the terminal: it is in ``logs/``, and our own messages say what matters."""
    logger = traitlets.log.get_logger()
    if isinstance(logger, logging.LoggerAdapter):
        logger = logger.logger
    logger.propagate = False
    for handler in list(logger.handlers):
        if type(handler) is logging.StreamHandler:
            logger.removeHandler(handler)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def run(workspace: Workspace, command: str, call: Callable[[], NbgraderReply | None]) -> NbgraderReply:
    """Call one of the API's verbs and keep its log; the reply holds ``success``, ``log`` and ``error``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            reply = call() or {"success": False, "error": "nbgrader's exchange does not work on this system"}
        except OperationalError as error:
            raise gradebook_error(workspace, error) from error
    workspace.logs.mkdir(exist_ok=True)
    with (workspace.logs / f"{command}.log").open("a", encoding="utf-8") as file:
        file.write(f"--- {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC {command}\n{reply.get('log', '')}{reply.get('error', '')}\n")
    if not reply["success"] and (found := find_obstacle(workspace, f"{reply.get('error')}{reply.get('log')}")):
        raise found
    return reply


def run_or_raise(workspace: Workspace, command: str, call: Callable[[], NbgraderReply | None]) -> NbgraderReply:
    """`run`; a failure ends the command with nbgrader's last message."""
    reply = run(workspace, command, call)
    if not reply["success"]:
        raise WorkspaceError(f"nbgrader {command} failed: {last_words(reply)} (all of it: {workspace.logs / command}.log)")
    return reply


def last_words(reply: NbgraderReply) -> str:
    """The most informative line of a reply: the last error of the log, else the exception."""
    lines = [line for line in reply.get("log", "").splitlines() if line.startswith(("[ERROR]", "[CRITICAL]")) and "Traceback" not in line]
    error = reply.get("error", "").strip().splitlines()
    return (error[-1] if error else "") or (lines[-1] if lines else "no reason given")


def gradebook_error(workspace: Workspace, error: Exception) -> WorkspaceError:
    """What to do about a gradebook that another program holds, or that cannot be used for another reason."""
    if "locked" in str(error):
        return Obstacle(f"{workspace.gradebook} {LOCKED}")
    cure = f"{workspace.gradebook} could not be used ({str(error).splitlines()[0]}): check its permissions and the free space"
    return find_obstacle(workspace, str(error)) or WorkspaceError(cure)


@contextlib.contextmanager
def gradebook(workspace: Workspace) -> Iterator[Gradebook]:
    """nbgrader's gradebook of the workspace, closed at the end."""
    put_tools_on_path()
    try:
        with Gradebook(workspace.db_url, workspace.course().name) as book:
            yield book
    except OperationalError as error:
        raise gradebook_error(workspace, error) from error
