"""nbgrader, driven from here: its API objects with the workspace's configuration, its log kept in a file."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from sqlalchemy.exc import OperationalError
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.workspace.nbgrader_config import NAME
from autograder.workspace.obstacles import find_obstacle
from autograder.workspace.opening import put_tools_on_path
from autograder.workspace.workspace import LOCKED, Obstacle, Workspace, WorkspaceError

Outcome = dict[str, Any]


def config(workspace: Workspace) -> Config:
    """The configuration that nbgrader's own commands would read in the workspace."""
    return PyFileConfigLoader(NAME, path=str(workspace.root)).load_config()


def api(workspace: Workspace) -> NbGraderAPI:
    """nbgrader's API object for the workspace, as the formgrader makes one."""
    put_tools_on_path()
    workspace.exchange.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _quiet()
        return NbGraderAPI(config=config(workspace))


def _quiet() -> None:
    """Keep nbgrader's log off the terminal: it is in ``logs/``, and what matters is said in our words."""
    import traitlets.log

    logger = traitlets.log.get_logger()
    if isinstance(logger, logging.LoggerAdapter):
        logger = logger.logger
    logger.propagate = False
    for handler in list(logger.handlers):
        if type(handler) is logging.StreamHandler:
            logger.removeHandler(handler)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def run(workspace: Workspace, command: str, call: Callable[[], Outcome | None]) -> Outcome:
    """Call one of the API's verbs and keep its log; the outcome holds ``success``, ``log`` and ``error``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            outcome = call() or {"success": False, "error": "nbgrader's exchange does not work on this system"}
        except OperationalError as error:
            raise locked(workspace, error) from error
    workspace.logs.mkdir(exist_ok=True)
    with (workspace.logs / f"{command}.log").open("a", encoding="utf-8") as file:
        file.write(f"--- {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC {command}\n{outcome.get('log', '')}{outcome.get('error', '')}\n")
    if not outcome["success"] and (found := find_obstacle(workspace, f"{outcome.get('error')}{outcome.get('log')}")):
        raise found
    return outcome


def must(workspace: Workspace, command: str, call: Callable[[], Outcome | None]) -> Outcome:
    """`run`, where failing ends the command with what nbgrader said last."""
    outcome = run(workspace, command, call)
    if not outcome["success"]:
        raise WorkspaceError(f"nbgrader {command} failed: {last_words(outcome)} (all of it: {workspace.logs / command}.log)")
    return outcome


def last_words(outcome: Outcome) -> str:
    """The line of an outcome that says most: the last error of the log, else the exception."""
    lines = [line for line in outcome.get("log", "").splitlines() if line.startswith(("[ERROR]", "[CRITICAL]")) and "Traceback" not in line]
    error = outcome.get("error", "").strip().splitlines()
    return (error[-1] if error else "") or (lines[-1] if lines else "no reason given")


def locked(workspace: Workspace, error: Exception) -> WorkspaceError:
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
        raise locked(workspace, error) from error
