"""`autograder export`: the marks as a CSV file, as a file that another system imports, or for a mail merge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.commands._options import workspace_command
from autograder.manifest import Course
from autograder.plural import counted, word_for
from autograder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from autograder.outgoing.to_system import ForSystem


@click.command("export")
@workspace_command(assignment_required=False)
@click.option(
    "--to", type=click.Path(dir_okay=False, path_type=Path), help="File to write. Default: grades.csv or exports/ in the workspace."
)
@click.option(
    "--system", metavar="NAME", help="Write a file that this system imports: canvas, moodle, blackboard, brightspace, or a map of your own."
)
@click.option(
    "--into", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The system's own exported file, to be filled in."
)
@click.option("--column", default="", metavar="HEADER", help="The header of the column for the marks in that file, if it is not clear.")
@click.option("--scale", is_flag=True, help="Convert marks to the system's maximum if that differs.")
@click.option("--zero", is_flag=True, help="Give 0 to students who handed in nothing, instead of leaving their cells unchanged.")
@click.option("--feedback", is_flag=True, help="Also write the zip of feedback files for Moodle.")
@click.option(
    "--mail-merge",
    "merge",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for one file per student and a table of addresses.",
)
def command(
    workspace: Workspace,
    course: Course,
    assignment: str | None,
    to: Path | None,
    system: str | None,
    into: Path | None,
    column: str,
    scale: bool,
    zero: bool,
    feedback: bool,
    merge: Path | None,
) -> None:
    """Write the marks of ASSIGNMENT, or of all assignments, from the gradebook to a CSV file.

    With --system, the system can import the file without editing. For Canvas and Moodle this is the file that they exported,
    filled in; for every other system there is a column map.

    Exit status: 0 done, 1 somebody is not in the file or the command could not run, 2 misuse.

    \b
    Examples:
      autograder export --to marks.csv
      autograder export layers --system canvas --into gradebook.csv
      autograder export layers --system moodle --into worksheet.csv --feedback
      autograder export layers --system brightspace --column "Layers"
      autograder export layers --mail-merge mails
    """
    if system is None and (into or column or scale or zero or feedback):
        raise click.UsageError("--into, --column, --scale, --zero and --feedback go with --system")
    if feedback and into is None:
        raise click.UsageError("--feedback needs Moodle's worksheet: name it with --into")
    if system is None and merge is None:
        _everything(workspace, course, assignment, to)
        return
    name = _one(course, assignment)
    complete = True
    if system is not None:
        complete = _for_system(workspace, course, name, to, (system, into, feedback), (column, scale, zero))
    if merge is not None:
        complete = _merge(workspace, course, name, merge) and complete
    if not complete:
        raise SystemExit(EXIT_FINDINGS)


def _everything(workspace: Workspace, course: Course, assignment: str | None, to: Path | None) -> None:
    from autograder.outgoing.export import export, rows

    names = () if assignment is None else (assignment,)
    path = export(workspace, course, to, names)
    click.echo(f"the marks are in {path}")
    _say_waiting(sum(int(r["to_grade"] or 0) for r in rows(workspace, course, names)))


def _one(course: Course, assignment: str | None) -> str:
    if assignment is None and len(course.assignments) > 1:
        raise click.UsageError(f"name an assignment; the assignments are {', '.join(a.name for a in course.assignments)}")
    return assignment or course.assignments[0].name


def _for_system(
    workspace: Workspace,
    course: Course,
    assignment: str,
    to: Path | None,
    files: tuple[str, Path | None, bool],
    wanted: tuple[str, bool, bool],
) -> bool:
    """Write the file of a system; return whether everybody is in it."""
    from autograder.outgoing.export import remember_exported
    from autograder.outgoing.feedback_files import moodle_feedback
    from autograder.outgoing.system_map import find_system
    from autograder.outgoing.to_system import Wanted, fill_in, save, write_new

    name, into, feedback = files
    system, asked = find_system(name), Wanted(*wanted)
    if into is None:
        done = write_new(workspace, course, assignment, system, asked)
    else:
        done = fill_in(workspace, course, assignment, system, into, asked)
    target = to or workspace.root / "exports" / f"{assignment}-{Path(name).stem}.csv"
    save(done, target, into)
    remember_exported(workspace, course, assignment, done.entered, system.title)
    click.echo(f"{counted(len(done.entered), 'mark')} for {system.title} in {target}")
    _say(done)
    if system.import_by:
        click.echo(system.import_by)
    complete = not (done.unknown or done.absent or done.above)
    if feedback and system.fill is not None:
        archive = target.with_name(f"{target.stem}-feedback.zip")
        packed = moodle_feedback(workspace, assignment, system.fill, {s: done.rows[s] for s in done.entered}, archive)
        click.echo(f"feedback of {counted(len(packed.packed), 'student')} in {archive}")
        complete = _say_missing(packed.missing) and complete
    return complete


def _merge(workspace: Workspace, course: Course, assignment: str, folder: Path) -> bool:
    from autograder.outgoing.feedback_files import MERGE, mail_merge

    packed = mail_merge(workspace, course, assignment, folder)
    click.echo(f"{counted(len(packed.packed), 'file')} for a mail merge in {folder}; {folder / MERGE} says to whom each one goes")
    return _say_missing(packed.missing)


def _say(done: ForSystem) -> None:
    """Print what people should know about a file."""
    nothing = "handed in nothing; their cells are unchanged (--zero enters 0)"
    for students, words in (
        (done.without, nothing),
        (done.left, "unchanged, because the cell says so"),
        (done.excused, "excused in deadlines.csv, so no mark is entered"),
        (done.above, "more points than the system's maximum, which it may refuse"),
        (done.absent, f"{word_for(len(done.absent), 'has a mark here and is', 'have a mark here and are')} not in the file"),
    ):
        _list(students, words)
    if done.unknown:
        click.echo(f"{counted(len(done.unknown), 'row')} of the file {word_for(len(done.unknown), 'fits', 'fit')} no student of the class:")
        for line in done.unknown:
            click.echo(f"  {line}")
    _say_waiting(done.waiting)


def _list(students: Sequence[str], words: str) -> None:
    if students:
        click.echo(f"{counted(len(students), 'student')}: {words}: {', '.join(students)}")


def _say_missing(missing: Mapping[str, str]) -> bool:
    for reason in dict.fromkeys(missing.values()):
        students = [s for s, why in missing.items() if why == reason]
        click.echo(f"{counted(len(students), 'student')}: {reason}: {', '.join(students)}", err=True)
    return not missing


def _say_waiting(waiting: int) -> None:
    if waiting:
        have = word_for(waiting, "has not been graded by hand yet; it counts 0", "have not been graded by hand yet; they count 0")
        click.echo(f"{counted(waiting, 'answer')} {have} for now")
