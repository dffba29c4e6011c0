"""`autograder student`: show one student, or change what is known about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import click

from autograder.commands._changes import change_marks, confirmed, yes_option
from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import workspace_command, zone_option
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace, WorkspaceError

HELP = {"help_option_names": ["-h", "--help"]}


@click.group("student", context_settings=HELP)
def command() -> None:
    """Show one student, or change what is known about them. Each change of a mark is shown first and kept in the history.

    Exit status: 0 done, 1 the command could not run or something is waiting, 2 misuse.

    \b
    Examples:
      autograder student show jdoe
      autograder student extend jdoe --by "3 days" --why "ill"
      autograder student history jdoe
    """


def student_command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """A command below `autograder student`: ID, then the assignment if one is named, then the options of a workspace."""

    def decorate(function: Callable[..., None]) -> click.Command:
        made = command.command(name, context_settings=HELP)(
            click.argument("student", metavar="ID")(workspace_command(assignment_required=False)(function))
        )
        result: click.Command = made
        return result

    return decorate


@student_command("show")
def show(workspace: Workspace, course: Course, assignment: str | None, student: str) -> None:
    """Say who ID is, what was handed in, when it was due, the marks, and what was returned."""
    from autograder.administration.students import require_student, states

    person = require_student(workspace, student)
    name = f"{person.first_name} {person.last_name}".strip()
    known = [name, person.email, person.lms_user_id and f"LMS {person.lms_user_id}", person.group and f"group {person.group}"]
    click.echo(", ".join([person.id, *filter(None, known), *(["dropped"] if person.dropped else [])]))
    for state in states(workspace, course, student):
        if assignment in (None, state.assignment):
            click.echo(f"{state.assignment}:")
            for line in state.lines(course.zone):
                click.echo(f"  {line}")


@student_command("add")
@click.option("--first-name", default="")
@click.option("--last-name", default="")
@click.option("--email", default="")
@click.option("--lms-user-id", default="", help="The number by which the LMS names this student in downloads.")
def add(workspace: Workspace, course: Course, assignment: str | None, student: str, **given: str) -> None:
    """Add ID to the class list, or bring back a student who was dropped."""
    from autograder.administration import students
    from autograder.collect.people import Person

    with workspace.writing("student"):
        click.echo(students.add(workspace, Person(student, **given)))


@student_command("drop")
@click.option("--why", default="", help="For the history.")
@yes_option
def drop(workspace: Workspace, course: Course, assignment: str | None, student: str, why: str, yes: bool) -> None:
    """Take ID out of the class. Hand-ins and marks are kept; `autograder student add` brings the student back."""
    from autograder.administration import students

    students.require_student(workspace, student)
    _say_marks(workspace, course, student, "no longer counted or exported")
    if confirmed(f"Drop {student}?", yes):
        with workspace.writing("student"):
            click.echo(students.drop(workspace, student, why))


@student_command("rename")
@click.option("--to", "new", required=True, metavar="ID", help="The new id.")
@yes_option
def rename(workspace: Workspace, course: Course, assignment: str | None, student: str, new: str, yes: bool) -> None:
    """Give ID another id; hand-ins, marks, results and history go with it."""
    from autograder.administration.renaming import rename as rename_everywhere
    from autograder.administration.students import require_student

    require_student(workspace, student)
    click.echo("marks stay as they are")
    if confirmed(f"Rename {student} to {new}?", yes):
        with workspace.writing("student"):
            click.echo(rename_everywhere(workspace, course, student, new))


@student_command("extend")
@click.option("--by", metavar="TIME", help='How long after the deadline of the class: "3 days", "12 h".')
@click.option("--until", metavar="TIME", help='A deadline for this student: "2026-10-05 23:59".')
@click.option("--tokens", metavar="N", help="Late days of this student: for the term, or the most for ASSIGNMENT.")
@click.option("--excused", is_flag=True, help="Nothing is expected, and the assignment does not count.")
@click.option("--none", "nothing", is_flag=True, help="Remove what was set for this student.")
@click.option("--why", metavar="TEXT", help="For people; students do not see it.")
@yes_option
@zone_option
def extend(
    workspace: Workspace,
    course: Course,
    assignment: str | None,
    student: str,
    by: str | None,
    until: str | None,
    tokens: str | None,
    excused: bool,
    nothing: bool,
    why: str | None,
    yes: bool,
    zone: ZoneInfo,
) -> None:
    """Give ID more time for ASSIGNMENT, or for all, in deadlines.csv; even before anything is handed in."""
    from autograder.administration.students import edit_deadlines, require_student
    from autograder.gradebook.former_deadlines import begin_deadlines, due_text
    from autograder.times import TimeError, read_deadline

    if sum((by is not None, until is not None, tokens is not None, excused, nothing)) != 1:
        raise click.UsageError("give one of --by, --until, --tokens, --excused and --none")
    require_student(workspace, student)
    begin_deadlines(workspace, course.zone)
    cells = {"due": "", "tokens": "", "excused": "", "why": ""} if nothing else {}
    try:
        cells |= {"due": f"+{by}"} if by is not None else {}
        cells |= {"due": due_text(read_deadline(until, zone), zone)} if until is not None else {}
    except TimeError as error:
        raise click.UsageError(f"--until {error}") from error
    cells |= {"tokens": tokens} if tokens is not None else {}
    cells |= {"excused": "yes"} if excused else {}
    cells |= {"why": why} if why is not None else {}
    with workspace.only_one("autograder student"):
        edit_deadlines(workspace, student, assignment or "", cells)
    done = change_marks(workspace, course, (student,), f"deadlines.csv, {student}", yes)
    _say_deadlines(workspace, course, student, assignment)
    if not done:
        raise SystemExit(EXIT_FINDINGS)


@student_command("attempt")
@click.option("--use", metavar="TIME", help='Let this attempt count: its time, or "newest", "in time", "first".')
@yes_option
@zone_option
def attempt(workspace: Workspace, course: Course, assignment: str | None, student: str, use: str | None, yes: bool, zone: ZoneInfo) -> None:
    """List the attempts of ID, and let another one count."""
    from autograder.administration.students import edit_deadlines, require_student, time_cell
    from autograder.collect.attempts import attempts
    from autograder.term.deadline_file import FIRST, IN_TIME, NEWEST
    from autograder.times import TimeError, read_hand_in, shown

    require_student(workspace, student)
    names = [a.name for a in course.assignments if assignment in (None, a.name)]
    if use is not None:
        if len(names) > 1:
            raise click.UsageError(f"name the assignment: {', '.join(names)}")
        wanted = use.casefold()
        if wanted not in (NEWEST, IN_TIME, FIRST):
            try:
                time = read_hand_in(use, zone)
            except TimeError as error:
                raise click.UsageError(f"--use {error}") from error
            nearest = min((a.time for a in attempts(workspace, student, names[0]) if a.time), key=lambda t: abs(t - time), default=None)
            if nearest is None or abs(nearest - time) > timedelta(minutes=1):
                raise WorkspaceError(f"{student} has no attempt with that time; `autograder student attempt {student}` lists them")
            wanted = time_cell(nearest)
        with workspace.only_one("autograder student"):
            edit_deadlines(workspace, student, names[0], {"counts": wanted})
        done = change_marks(workspace, course, (student,), f"the attempt of {student} that counts", yes)
    else:
        done = True
    for name in names:
        for found in attempts(workspace, student, name):
            when = shown(found.time, zone) if found.time else "time unknown"
            click.echo(f"{name}: {when}{', counts' if found.counts else ''}{'' if found.holds_work else ', nothing of the assignment'}")
    if not done:
        raise SystemExit(EXIT_FINDINGS)


@student_command("history")
@click.option("--note", metavar="TEXT", help="Add this to the history, such as a request for another look and its answer.")
def history(workspace: Workspace, course: Course, assignment: str | None, student: str, note: str | None) -> None:
    """Show what was handed in, graded and changed for ID, by whom and by which version, and how each mark adds up."""
    from autograder.administration import history as histories
    from autograder.administration.students import require_student

    require_student(workspace, student)
    if note is not None:
        with workspace.only_one("autograder student"):
            histories.add_note(workspace, student, note, assignment or "")
    for line in histories.history(workspace, course, student, assignment):
        click.echo(line.shown(course.zone))
    for text in histories.made_of(workspace, course, student):
        click.echo(text)


@student_command("forget")
@yes_option
def forget(workspace: Workspace, course: Course, assignment: str | None, student: str, yes: bool) -> None:
    """Remove ID for good from everywhere in the workspace, backups included, and say what remains elsewhere."""
    from autograder.administration.forgetting import forget as forget_everywhere

    _say_marks(workspace, course, student, "removed with everything else")
    if not confirmed(f"Remove {student} for good?", yes):
        raise SystemExit(EXIT_FINDINGS)
    with workspace.writing("student"):
        done = forget_everywhere(workspace, course, student)
    click.echo(f"removed: {', '.join(done.removed) or 'nothing was here'}")
    click.echo("This command does not reach:")
    for text in done.remains:
        click.echo(f"  {text}")


def _say_marks(workspace: Workspace, course: Course, student: str, what: str) -> None:
    from autograder.gradebook.marks import marks_of_class

    for a in course.assignments:
        if (marks := marks_of_class(workspace, a.name).get(student)) is not None:
            click.echo(f"{a.name}: {marks.total:g} of {marks.max_score:g} points: {what}")


def _say_deadlines(workspace: Workspace, course: Course, student: str, assignment: str | None) -> None:
    from autograder.administration.students import states

    for state in states(workspace, course, student):
        if assignment in (None, state.assignment):
            excused = ", excused" if state.standing.terms.excused else ""
            click.echo(f"{state.assignment}: {state.lines(course.zone)[0]}{excused}")
