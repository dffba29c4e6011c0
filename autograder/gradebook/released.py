"""Released notebooks, with which every submitted one is compared and on which it is built."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from nbformat.notebooknode import NotebookNode

from autograder.gradebook import nodes
from autograder.workspace.workspace import Workspace, WorkspaceError


def released_notebook(workspace: Workspace, assignment: str, notebook: str) -> NotebookNode:
    """The notebook as students got it, with nbgrader's metadata; a copy.

    Raises
    ------
    WorkspaceError
        When it is not released.
    """
    for folder in (workspace.released(assignment), workspace.source(assignment)):
        path = folder / f"{notebook}.ipynb"
        if path.is_file():
            return nodes.node(_read_once(path, path.stat().st_mtime_ns))
    raise WorkspaceError(f"{notebook} of {assignment} is not released here: run `autograder release {assignment}` first")


@lru_cache(maxsize=32)
def _read_once(path: Path, _changed: int) -> NotebookNode:
    return nodes.read(path)
