"""`autograder questions`: read the answers of the whole class, one question at a time."""

from __future__ import annotations

import os
import secrets
import webbrowser

import click

from autograder.commands._options import workspace_command
from autograder.manifest import Course
from autograder.plural import counted
from autograder.workspace.workspace import Workspace

TOKEN = "COURSENN_QUESTIONS_TOKEN"


@click.command("questions")
@workspace_command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port on this machine. Default: the one used before, or one that is free."
)
@click.option("--as", "name", metavar="NAME", help="Read as this grader. Default: as the instructor.")
@click.option("--add", metavar="NAME", help="Give a grader an account, print the token, and end.")
@click.option("--head", is_flag=True, help="With --add: a head grader, who may also change rubrics and settle disagreements.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def command(
    workspace: Workspace, course: Course, assignment: str, port: int, name: str | None, add: str | None, head: bool, no_browser: bool
) -> None:
    """Read the answers of ASSIGNMENT in a browser: one question at a time for all students, with a rubric to click.

    The command prints an address that ends with a token and works only on this machine. Every click is saved at once and entered into the
    gradebook; you can stop at any time. If the environment variable COURSENN_QUESTIONS_TOKEN is set, it is the token.

    Exit status: 0 done, 1 the command could not run, 2 misuse.

    \b
    Examples:
      autograder questions
      autograder questions --add ann
      autograder questions --port 8890 --no-browser
    """
    from autograder.questions.desk import Desk
    from autograder.questions.graders import INSTRUCTOR, Grader, add_grader, graders
    from autograder.questions.server import ADDRESS, serve

    if head and not add:
        raise click.UsageError("--head goes with --add")
    desk = Desk(workspace, course, assignment)
    try:
        if add:
            token = add_grader(desk.state, add, "head" if head else "grader")
            click.echo(f"token of {add}, shown once: {token}")
            click.echo("Put it at the end of the address of the application: http://.../?token=TOKEN")
            return
        known = {g.name: g for g in graders(desk.state)}
        if name and name not in known:
            raise click.UsageError(f"there is no grader {name!r}: `autograder questions --add {name}` makes an account")
        owner = known[name] if name else Grader(INSTRUCTOR, "head")
        token = os.environ.get(TOKEN) or secrets.token_urlsafe(24)

        def ready(chosen: int) -> None:
            address = f"http://{ADDRESS}:{chosen}/?token={token}"
            click.echo(f"Open this address, which is for you only: {address}")
            click.echo("Ctrl-C ends the application; nothing is lost.")
            if not no_browser:
                webbrowser.open(address)

        backup = workspace.back_up("questions")
        if backup is None:
            raise click.ClickException(f"nothing is graded in {workspace.root}: run `autograder grade` first")
        serve(desk, owner, token, port, ready)
        if left := desk.entering.left():
            waiting = counted(left, "mark")
            click.echo(f"{waiting} not in the gradebook yet, which another program holds: run `autograder questions` again later.")
    finally:
        desk.close()
