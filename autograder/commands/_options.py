"""What the commands of the class cycle have in common: options, and errors as exit statuses."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from autograder.generate.errors import GeneratorError
from autograder.manifest import Course, ManifestError, load_course
from autograder.workspace.opening import DEFAULT_ROOT, open_workspace
from autograder.workspace.workspace import Workspace, WorkspaceError


def cycle_command(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of the cycle and call it with ``workspace``, ``course`` and ``assignment``.

    Without a name, ``assignment`` is the only one of the manifest; there must be one, unless the command takes ``str | None``.
    Exit status 2 when the call makes no sense, 1 when something is in the way.
    """

    optional = "None" in str(inspect.signature(function).parameters["assignment"].annotation)

    @click.argument("assignment", required=False)
    @click.option(
        "--workspace",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        default=DEFAULT_ROOT,
        show_default=True,
        help="Folder of the class.",
    )
    @click.option("--course", "manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Manifest (course.toml).")
    @click.option(
        "--exchange",
        type=click.Path(file_okay=False, path_type=Path),
        help="nbgrader's exchange; remembered. Default: inside the workspace.",
    )
    @functools.wraps(function)
    def wrapped(assignment: str | None, folder: Path, manifest: Path | None, exchange: Path | None, **options: Any) -> None:
        try:
            if not folder.exists() and click.get_current_context().command.name != "release":
                raise click.UsageError(f"there is no workspace {folder}: run `autograder release` first, or name it with --workspace")
            workspace, course = _opened(folder, manifest, exchange)
            chosen = None if assignment is None and optional else chosen_assignment(course, assignment)
            function(workspace=workspace, course=course, assignment=chosen, **options)
        except ManifestError as error:
            raise click.UsageError(str(error)) from error
        except (WorkspaceError, GeneratorError) as error:
            raise click.ClickException(str(error)) from error

    return wrapped


def _opened(folder: Path, manifest: Path | None, exchange: Path | None) -> tuple[Workspace, Course]:
    workspace = open_workspace(folder, load_course(manifest) if manifest else None, exchange)
    return workspace, workspace.course()


def chosen_assignment(course: Course, name: str | None) -> str:
    """The assignment of that name, or the only one there is."""
    names = [a.name for a in course.assignments]
    if name is None and len(names) == 1:
        return names[0]
    if name not in names:
        raise click.UsageError(
            f"{'name an assignment' if name is None else f'no assignment {name!r}'}; the assignments are {', '.join(names)}"
        )
    return name
