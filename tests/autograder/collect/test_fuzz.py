"""Whatever systems, students and browsers do to the hand-ins: is a graded file ever lost, or given to the wrong student?"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, event, given, settings

from autograder.collect.deliveries import read_time
from autograder.collect.download import collect_download
from autograder.collect.people import Person
from autograder.collect.roster import ROSTER, roster_text
from autograder.collect.undo import FOLDER as UNDO
from autograder.manifest import Course, load_course
from autograder.workspace.workspace import Workspace
from tests.autograder.collect.downloads import write_zip
from tests.autograder.collect.generated import FORMS, Case, Student, cases, longest_name

EXAMPLES = 2000 if os.environ.get("COURSENN_PROVE") else 30
MEMORY = "/dev/shm"
"""A folder in memory, if the system has one."""
COURSE = load_course()
ASSIGNMENT = COURSE.assignments[0].name


@given(cases())
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_no_graded_file_is_lost_or_anybody_elses(case: Case) -> None:
    """Is every file of a generated download given to its student at the stated time, or listed if its owner cannot be known?"""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        workspace = _workspace(Path(folder), case, COURSE)
        source = _source(Path(folder), case)
        done = collect_download(workspace, COURSE, ASSIGNMENT, source, zone=ZoneInfo(case.zone))
        taken = {d.student for d in done.deliveries}
        for student in case.students:
            event(f"{case.form}, {'certain' if case.certain(student) else 'not certain'}")
            if case.certain(student) or student.hand.login in taken:
                _holds_all(workspace, student, case)
            else:
                assert done.unread
            _holds_nobody_elses(workspace, student)
        before = _files(workspace)
        again = collect_download(workspace, COURSE, ASSIGNMENT, source, zone=ZoneInfo(case.zone))
        assert {d.outcome for d in again.deliveries} <= {"unchanged"}
        assert _files(workspace) == before


def _workspace(folder: Path, case: Case, course: Course) -> Workspace:
    """A workspace without a gradebook, with the roster of the class."""
    workspace = Workspace(folder / "class", folder / "exchange", course.path)
    (workspace.root / "submitted").mkdir(parents=True)
    people = [Person(s.hand.login, s.hand.first, s.hand.last, s.hand.email, s.lms_user_id) for s in case.students]
    (workspace.root / ROSTER).write_text(roster_text(people), encoding="utf-8")
    return workspace


def _source(folder: Path, case: Case) -> Path:
    """Write the download as a zip file, or as a folder if no two members share a name and all names fit the disk."""
    names = Counter(name for name, _, _ in case.members)
    if not case.as_folder or max(names.values()) > 1 or longest_name(case.members) > 250 or any(".." in n.split("/") for n in names):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return write_zip(folder / "download.zip", case.members)
    source = folder / "download"
    for name, content, _ in case.members:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)
    return source


def _holds_all(workspace: Workspace, student: Student, case: Case) -> None:
    folder = workspace.submitted(student.hand.login, ASSIGNMENT)
    for place in student.places:
        assert (folder / place).read_bytes() == student.content(place)
    form = FORMS[case.form]
    if form.time == "none":
        assert read_time(folder) is None
    elif form.time != "member" or not case.as_folder:
        wall = student.hand.at.replace(second=0) if case.form.startswith("brightspace") else student.hand.at
        assert read_time(folder) in _instants(wall, "UTC" if form.time == "utc" else case.zone, form.time)


def _instants(wall: datetime, zone: str, kind: str) -> set[datetime]:
    """Return the instant at which a zone's clocks showed a time, the earlier of two. Gradescope's times have fractions of a second."""
    both = [wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(ZoneInfo("UTC")).replace(tzinfo=None) for fold in (0, 1)]
    return {min(both)} | ({min(both).replace(microsecond=123456)} if kind == "utc" else set())


def _holds_nobody_elses(workspace: Workspace, student: Student) -> None:
    """Assert that no folder of this student, whether it counts or not, holds another student's text."""
    mine = student.mark.encode()
    for path in (*workspace.root.glob(f"submitted/{student.hand.login}/**/*"), *workspace.root.glob(f"earlier/{student.hand.login}/**/*")):
        if path.is_file() and b"<student" in (content := path.read_bytes()):
            assert mine in content


def _files(workspace: Workspace) -> dict[str, bytes]:
    """Return all files except those kept for undo, which always belong to the last collection."""
    found = (p.relative_to(workspace.root) for p in workspace.root.rglob("*") if p.is_file())
    return {p.as_posix(): (workspace.root / p).read_bytes() for p in found if p.parts[0] != UNDO}
