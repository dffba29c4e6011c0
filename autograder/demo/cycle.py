"""Takes the sample class through the whole cycle, from the release to the marks, in a folder of its own."""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.collect.download import collect_download
from autograder.collect.exchange import collect_exchange
from autograder.collect.owners import set_shared_account
from autograder.demo.play import DemoError, bulk_download, pack_for_upload, submit_to_exchange, work
from autograder.demo.sample_class import CLASS
from autograder.manifest import Course
from autograder.outgoing.export import export
from autograder.outgoing.feedback import feedback
from autograder.outgoing.release import release
from autograder.paths import REPOSITORY
from autograder.plural import counted
from autograder.processes import cores
from autograder.runs.grade import grade
from autograder.runs.grade_report import GradeReport
from autograder.sandbox import sandbox
from autograder.workspace.opening import open_workspace

BOOK = [sys.executable, "-m", "autograder", "book", "--first-pages"]
THROUGH_EXCHANGE = ("ada", "ben")
NO_SANDBOX = "WITHOUT A SANDBOX: this is only allowed because the sample class is our own code. `autograder doctor` says how to get one."


@dataclass
class Demo:
    """What the demo made, and how long each step took."""

    folder: Path
    report: GradeReport
    grades: Path
    book: Path | None
    seconds: dict[str, float] = field(default_factory=dict)


def run_cycle(course: Course, folder: Path, console: Console, *, with_book: bool = True) -> Demo:
    """Release, let the class work, collect, grade, write feedback and marks, and build the book's first pages meanwhile.

    Raises
    ------
    DemoError
        When a step fails.
    """
    seconds: dict[str, float] = {}

    def step(name: str, action: Callable[[], Any]) -> Any:
        started = time.monotonic()
        with console.status(name):
            value = action()
        seconds[name] = time.monotonic() - started
        console.print(f"  {name:<28} {seconds[name]:6.1f} s", highlight=False)
        return value

    unsafe = sandbox.problem() is not None
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    assignment = course.assignments[0].name
    workspace = open_workspace(folder, course)
    with contextlib.ExitStack() as stack:
        # At the same time as the class, since much of either uses only one core.
        building = stack.enter_context(_building_book()) if with_book else None
        step("release", lambda: release(workspace, course, assignment))
        packed = step(f"work of {counted(len(CLASS), 'student')}", lambda: _play_class(course, workspace, assignment, folder))
        step("collect", lambda: _collect(workspace, course, assignment, packed))
        report: GradeReport = step("grade", lambda: grade(workspace, course, assignment, unsafe=unsafe))
        step("feedback", lambda: _feedback(workspace, course, assignment))
        grades: Path = step("export", lambda: export(workspace, course, folder / "grades.csv"))
        book = step("first pages of the book", lambda: _book(building)) if building else None
    return Demo(folder, report, grades, book, seconds)


def _play_class(course: Course, workspace: Any, assignment: str, folder: Path) -> Path:
    packed = {}
    # Students who are done hand in, each in a separate process, while others still work.
    with ThreadPoolExecutor(cores()) as pool:
        handing_in = []
        for student in CLASS:
            place = folder / "students" / student.id / assignment
            place.parent.mkdir(parents=True)
            work(course, student, workspace.released(assignment), place)
            if student.id in THROUGH_EXCHANGE:
                handing_in.append(pool.submit(submit_to_exchange, workspace, course, student, place))
            else:
                packed[student.id] = folder / "students" / student.id / "coursenn-submission.zip"
                handing_in.append(pool.submit(pack_for_upload, place, packed[student.id]))
        for done in handing_in:
            done.result()
    download = folder / "download-from-lms.zip"
    bulk_download(packed, download)
    roster = folder / "students" / "roster.csv"
    with roster.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "first_name", "last_name"])
        rows.writerows([s.id, s.first_name, s.last_name] for s in CLASS)
    return download


def _collect(workspace: Any, course: Course, assignment: str, download: Path) -> None:
    set_shared_account(workspace, True)  # our own account handed in for all of them
    collect_exchange(workspace, course, assignment)
    done = collect_download(workspace, course, assignment, download, roster=workspace.root / "students" / "roster.csv")
    if done.findings or done.missing:
        raise DemoError(f"some of the class was not collected: {[str(u) for u in done.unread]} {done.open} {done.missing}")


def _feedback(workspace: Any, course: Course, assignment: str) -> None:
    done = feedback(workspace, course, assignment)
    if done.failures:
        raise DemoError("\n".join(f"feedback of {who}: {why}" for who, why in done.failures.items()))


@contextlib.contextmanager
def _building_book() -> Iterator[subprocess.Popen[str]]:
    """The program that builds the first pages of the book; it ends with this one, together with everything that it started."""
    with subprocess.Popen(
        BOOK, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as building:
        try:
            yield building
        finally:
            if building.poll() is None:
                os.killpg(building.pid, signal.SIGTERM)


def _book(building: subprocess.Popen[str]) -> Path:
    output, _ = building.communicate()
    if building.returncode:
        raise DemoError(f"the book does not build:\n{output[-6000:]}")
    return REPOSITORY / "build" / "book-first-pages" / "_build" / "html" / "index.html"


def marks_table(demo: Demo) -> Table:
    """Who got which marks, and why."""
    found = Table(title="The sample class: who got which marks, and why", title_justify="left")
    found.add_column("student", no_wrap=True)
    found.add_column("what this student did", overflow="fold", ratio=3)
    found.add_column("points", justify="right", no_wrap=True)
    found.add_column("where marks were lost", overflow="fold", ratio=4)
    stories = {s.id: escape(s.story) for s in CLASS}
    for row in demo.report.rows:
        if row.document is None:
            found.add_row(row.student, stories[row.student], "-", row.failure or "not graded")
            continue
        lost = [t for t in row.document["tasks"] if t["score"] < t["max_score"]]
        why = ", ".join(f"{t['id']} ({t['verdict'].replace('_', ' ')})" for t in lost[:5])
        why += f" and {len(lost) - 5} more" if len(lost) > 5 else ""
        found.add_row(row.student, stories[row.student], f"{row.document['score']:g} / {row.document['max_score']:g}", why or "nothing")
    return found


def contradictions(demo: Demo) -> list[str]:
    """Students whose mark does not fit their story."""
    wrong = []
    honest = {"ada", "kira", "leo", "nils"}
    for row in demo.report.rows:
        if row.document is None:
            wrong.append(f"{row.student} has no mark")
            continue
        score, most = row.document["score"], row.document["max_score"]
        if (row.student in honest) != (score == most) or (row.student == "ben" and score):
            wrong.append(f"{row.student} has {score:g} of {most:g}")
    return wrong
