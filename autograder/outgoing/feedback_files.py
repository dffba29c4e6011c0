"""Feedback pages packed for delivery by others: the zip for Moodle, and files for a mail merge with a list of addresses."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.collect.roster import known_people
from autograder.manifest import Course
from autograder.outgoing.export import remember_exported
from autograder.outgoing.final_marks import final_marks
from autograder.outgoing.system_map import Fill
from autograder.paths import write_atomically
from autograder.workspace.obstacles import cure_of
from autograder.workspace.workspace import Workspace, WorkspaceError

_EARLIEST = (1980, 1, 1, 0, 0, 0)
MERGE = "merge.csv"
NO_FEEDBACK = "no feedback has been written (`autograder feedback`)"


@dataclass
class Packed:
    """Whose feedback was packed, and whose was not, with the reason."""

    packed: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def moodle_feedback(workspace: Workspace, assignment: str, fill: Fill, rows: Mapping[str, Mapping[str, str]], to: Path) -> Packed:
    """Write the zip for "Upload multiple feedback files in a zip".

    Moodle finds the student by the number between the first two underscores of a file's name, so underscores in names are removed.

    Parameters
    ----------
    fill : how the worksheet is read.
    rows : student -> the row of Moodle's grading worksheet.
    to : where the zip goes.
    """
    headers = {p.means: p.header for p in fill.people}
    if "participant" not in headers:
        raise WorkspaceError("--feedback makes a zip for Moodle, but this map has no column for Moodle's participants")
    done, buffer = Packed(), io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, row in sorted(rows.items()):
            number = re.search(r"\d+\Z", row.get(headers["participant"], "").strip())
            pages = list(_pages(workspace, student, assignment))
            if not number:
                done.missing[student] = f"the worksheet has no {headers['participant']}"
            elif not pages:
                done.missing[student] = NO_FEEDBACK
            else:
                name = re.sub(r"[\W_]+", " ", row.get(headers.get("name", ""), "") or student).strip() or "student"
                for page in pages:
                    _add(archive, f"{name}_{number[0]}_assignfeedback_file_{page.name}", page)
                done.packed.append(student)
    _write(to, buffer.getvalue())
    return done


def mail_merge(workspace: Workspace, course: Course, assignment: str, folder: Path) -> Packed:
    """Write one zip of feedback pages for each student, and ``merge.csv``, which says who gets which.

    The list has the columns that mail programs need: address, names, points, and the path of the attachment.
    """
    done, people = Packed(), {p.id: p for p in known_people(workspace).people}
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["id", "email", "first_name", "last_name", "assignment", "points", "max", "attachment"])
    marks = final_marks(workspace, course, assignment)
    for student, mark in sorted(marks.items()):
        person, pages = people.get(student), list(_pages(workspace, student, assignment))
        if not pages:
            if not mark.excused:
                done.missing[student] = NO_FEEDBACK
        elif person is None or not person.email:
            done.missing[student] = "the roster has no email address"
        else:
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
                for page in pages:
                    _add(archive, page.name, page)
            target = folder.absolute() / f"{student}.zip"
            _write(target, buffer.getvalue())
            points = [f"{mark.points:g}", f"{mark.maximum:g}"]
            table.writerow([student, person.email, person.first_name, person.last_name, assignment, *points, str(target)])
            done.packed.append(student)
    _write(folder / MERGE, out.getvalue().encode())
    remember_exported(workspace, course, assignment, {s: marks[s].points for s in done.packed}, "a mail merge")
    return done


def _pages(workspace: Workspace, student: str, assignment: str) -> Iterator[Path]:
    """The pages that were searched and written for a student; nothing else of the folder."""
    folder = workspace.feedback(student, assignment)
    for page in sorted(folder.glob("*.html")):
        if page.is_file() and not page.is_symlink():
            yield page


def _add(archive: zipfile.ZipFile, name: str, page: Path) -> None:
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    archive.writestr(entry, page.read_bytes())


def _write(path: Path, content: bytes) -> None:
    try:
        write_atomically(path.absolute(), content, mode=0o600)
    except OSError as error:
        raise WorkspaceError(f"cannot write {path}: {cure_of(error)}") from error
