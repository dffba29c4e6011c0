"""What several commands have in common: options, and errors as exit statuses."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from autograder.generate.errors import GeneratorError
from autograder.manifest import Course, load_course
from autograder.times import TimeError, find_zone
from autograder.workspace.opening import DEFAULT_ROOT, open_workspace
from autograder.workspace.workspace import WorkspaceError

Function = Callable[..., None]

course_option = click.option(
    "--course",
    "manifest",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Manifest (course.toml) of a course other than this repository's.",
)
"""The option ``--course``, as the argument ``manifest``."""


def zone_option(function: Function) -> Function:
    """Give a `workspace_command` the option ``--timezone``, and call it with ``zone``: the one given, else the manifest's."""

    @click.option(
        "--timezone", metavar="ZONE", help="Zone for times that name none, such as Europe/Berlin. Default: that of the manifest, else UTC."
    )
    @functools.wraps(function)
    def command(course: Course, timezone: str | None, **options: Any) -> None:
        try:
            zone = course.zone if timezone is None else find_zone(timezone)
        except TimeError as error:
            raise click.UsageError(f"--timezone: {error}") from error
        function(course=course, zone=zone, **options)

    return command


def workspace_command(*, assignment_required: bool = True, makes_workspace: bool = False) -> Callable[[Function], Function]:
    """Give a command the options of a workspace, and call it with ``workspace``, ``course`` and ``assignment``.

    The command ends with exit status 2 when it was called wrongly, and with 1 when something prevents the work.

    Parameters
    ----------
    assignment_required : whether the command works on one assignment. It need not be named while the manifest has only one.
        Otherwise ``assignment`` is None unless one is named.
    makes_workspace : whether the command may make the folder.
    """

    def decorate(function: Function) -> Function:
        @click.argument("assignment", required=False)
        @click.option(
            "--workspace",
            "folder",
            type=click.Path(file_okay=False, path_type=Path),
            default=DEFAULT_ROOT,
            show_default=True,
            help="Folder of the class.",
        )
        @course_option
        @click.option(
            "--exchange",
            type=click.Path(file_okay=False, path_type=Path),
            help="nbgrader's exchange; it is remembered. Default: a folder in the workspace.",
        )
        @functools.wraps(function)
        def command(assignment: str | None, folder: Path, manifest: Path | None, exchange: Path | None, **options: Any) -> None:
            new = not folder.exists()
            if new and not makes_workspace:
                raise click.UsageError(
                    f"the folder {folder} does not exist: `autograder release` makes it, and so does `autograder deadlines`; "
                    "if your workspace is elsewhere, name it with --workspace"
                )
            try:
                workspace = open_workspace(folder, load_course(manifest) if manifest else None, exchange)
                if new:
                    click.echo(f"a new workspace: {workspace.root}")
                course = workspace.course()
                chosen = _chosen_assignment(course, assignment) if assignment_required or assignment is not None else None
                function(workspace=workspace, course=course, assignment=chosen, **options)
            except (WorkspaceError, GeneratorError) as error:
                raise click.ClickException(str(error)) from error

        return command

    return decorate


def _chosen_assignment(course: Course, name: str | None) -> str:
    """The assignment of that name, or the only one there is."""
    names = [a.name for a in course.assignments]
    if name is None and len(names) == 1:
        return names[0]
    if name not in names:
        problem = "name an assignment" if name is None else f"there is no assignment {name!r}"
        raise click.UsageError(f"{problem}; the assignments are {', '.join(names)}")
    return name
