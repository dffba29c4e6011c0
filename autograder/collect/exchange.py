"""Collect from nbgrader's exchange without following links, trusting names, or losing an earlier attempt."""

from __future__ import annotations

import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect

from autograder.collect import undo
from autograder.collect.attempts import attempts
from autograder.collect.collected import Collected, collecting
from autograder.collect.contents import write_read
from autograder.collect.deliveries import CLOCKS_DIFFER, Delivery
from autograder.collect.downloaded_files import now
from autograder.collect.owners import accounts_are_shared, owner_of, problem_with_owner
from autograder.collect.people import STUDENT_ID
from autograder.collect.roster import known_people
from autograder.collect.submissions import Unread
from autograder.given_module import hand_in
from autograder.intake.digest import BOOKKEEPING
from autograder.intake.rules import rules_of
from autograder.manifest import Course
from autograder.term.deadline_file import NEWEST, deadlines_of
from autograder.times import UTC_ZONE, TimeError, read_hand_in, shown
from autograder.workspace import nbgrader_api
from autograder.workspace.opening import existing_workspace
from autograder.workspace.workspace import Workspace, WorkspaceError


@dataclass(frozen=True)
class Record:
    """One folder of the exchange."""

    folder: Path
    student: str
    time: datetime


def collect_exchange(workspace: Workspace, course: Course, assignment: str) -> Collected:
    """Collect the newest attempt of everybody from nbgrader's exchange.

    Raises
    ------
    WorkspaceError
        When nbgrader cannot use the exchange, or the workspace cannot be written.
    """
    course.assignment(assignment)
    with collecting(workspace, assignment):
        api = nbgrader_api.api(workspace)
        api.coursedir.assignment_id = assignment
        collector = api.exchange.Collect(coursedir=api.coursedir, authenticator=api.authenticator, parent=api)
        collector.is_alone = True
        try:
            collector.start()
        except ExchangeError as error:
            raise WorkspaceError(
                f"nbgrader's exchange: {error}. Release the assignment first, name the exchange with --exchange, or, to collect an LMS "
                "download, name that with --from."
            ) from error
        collected: Collected = collector.collected
        collected.settle(workspace, assignment, "exchange")
        return collected.finish(workspace, assignment)


class SafeCollect(ExchangeCollect):  # type: ignore[misc]
    """Makes `nbgrader collect` and the formgrader's button copy as our own command does."""

    collected = Collected()
    is_alone = False
    """Whether the caller holds the lock of the workspace."""

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """One folder of the exchange, as nbgrader's own code wants it; `_record` reads the names."""
        record = self._record(Path(path))
        name = record.student if isinstance(record, Record) else ""
        return {"username": name, "filename": Path(path).name, "timestamp": record.time if isinstance(record, Record) else datetime.min}

    def copy_files(self) -> None:
        """Copy the newest attempt of each student that holds any work into ``submitted/``; what was there before is kept aside."""
        workspace = existing_workspace(self.coursedir.root)
        assignment = self.coursedir.assignment_id
        if self.is_alone:
            self._copy(workspace, assignment)
            return
        with workspace.only_one("nbgrader collect"):
            undo.remember(workspace, assignment)
            self._copy(workspace, assignment)
            self.collected.settle(workspace, assignment, "exchange")

    def _copy(self, workspace: Workspace, assignment: str) -> None:
        self.collected = Collected()
        rules = rules_of(workspace.course(), assignment)
        deadlines = deadlines_of(workspace)
        for student, records in sorted(self._records(workspace).items()):
            terms = deadlines.terms(student, assignment)
            if terms.counts != NEWEST:  # an earlier one may count, now or after a change of the file
                known = {a.time for a in attempts(workspace, student, assignment)}
                for record in [r for r in records[1:] if r.time not in known]:
                    self._take(workspace, assignment, student, [record], rules)
            self._take(workspace, assignment, student, records, rules)
        for unread in self.collected.unread:
            self.log.warning("%s", unread)

    def _take(self, workspace: Workspace, assignment: str, student: str, records: list[Record], rules: hand_in.Rules) -> None:
        """Take the newest of these attempts that holds any work."""
        with tempfile.TemporaryDirectory(dir=workspace.root, prefix=".incoming-", ignore_cleanup_errors=True) as work:
            # The one that counts goes first, those without any work follow.
            for delivery in reversed(list(_until_there_is_work(student, records, rules, Path(work)))):
                self.collected.take(workspace, assignment, delivery)
                self.log.info("%s", self.collected.deliveries[-1].sentence)

    def _record(self, path: Path) -> Record | str:
        """Whose folder of the exchange this is and when it was handed in, by its name; otherwise what is wrong with it."""
        form = rf"(?P<student>.+)\+{re.escape(self.coursedir.assignment_id)}\+(?P<time>[^+]+)(?:\+[^+]*)?"
        if not (match := re.fullmatch(form, path.name)):
            return "its name is not the name of a submission"
        if not STUDENT_ID.fullmatch(match["student"]):
            return "it names no student"
        try:
            time = read_hand_in(match["time"], UTC_ZONE)
        except TimeError as error:
            return f"it does not say when it was handed in: {error}"
        if time > now() + CLOCKS_DIFFER:
            zone = existing_workspace(self.coursedir.root).course().zone
            return f"it says that it was handed in at {shown(time, zone)}, which is in the future"
        return Record(path, match["student"], time)

    def _records(self, workspace: Workspace) -> dict[str, list[Record]]:
        """The folders of each student, newest first, without those that belong to nobody."""
        known = known_people(workspace)
        checks = bool(self.check_owner) and not accounts_are_shared(workspace)
        if not self.check_owner:
            self.collected.remarks.append("owners are not checked, because nbgrader's setting check_owner is off")
        found: defaultdict[str, list[Record]] = defaultdict(list)
        strangers: list[Record] = []
        pattern = f"{self.coursedir.student_id or '*'}+{self.coursedir.assignment_id}+*"
        for path in sorted(Path(self.inbound_path).glob(pattern)):
            record = self._record(path)
            if isinstance(record, str):
                self.collected.unread.append(Unread(path.name, record))
            elif checks and (problem := problem_with_owner(path, record.student)):
                self.collected.unread.append(Unread(path.name, problem))
                strangers.append(record)
            else:
                found[record.student].append(record)
        self._hint_at_one_account(strangers)
        if known.complete:
            self.collected.remarks += [f"{s} is not on the roster" for s in sorted(found) if not known.has_id(s)]
        return {student: self._in_time(records) for student, records in found.items()}

    def _in_time(self, records: list[Record]) -> list[Record]:
        """Newest first; with nbgrader's ``--before-duedate`` only those before the deadline, if there are any."""
        early = [r for r in records if self.before_duedate and self.duedate and r.time <= self.duedate]
        return sorted(early or records, key=lambda r: r.time, reverse=True)

    def _hint_at_one_account(self, strangers: list[Record]) -> None:
        """Say what to do if one account hands in for several students, as on many hubs."""
        owners = {owner_of(record.folder) for record in strangers}
        students = {record.student for record in strangers}
        if len(owners) == 1 and len(students) > 1:
            self.collected.remarks.append(
                f"{owners.pop()} owns the submissions of {len(students)} students: if students share that account here, say so once with "
                "--shared-account"
            )


def _until_there_is_work(student: str, records: list[Record], rules: hand_in.Rules, work: Path) -> Iterator[Delivery]:
    """The attempts of a student, newest first, up to the first that holds anything of the assignment."""
    for number, record in enumerate(records):
        with hand_in.open_entries(record.folder) as entries:
            written = write_read(hand_in.read_hand_in(entries, rules), work / str(number))
        yield Delivery(
            student,
            # The time comes from the name of the folder: the owner could edit a file inside it.
            record.time,
            work / str(number),
            written.refused,
            "exchange",
            _secret(record.folder),
            empty=written.empty,
            notes=written.notes,
            names=written.explained([p.name for p in sorted(record.folder.iterdir()) if p.name not in BOOKKEEPING]),
        )
        if not written.empty:
            return


def _secret(source: Path) -> str | None:
    """nbgrader's secret that links a submission to its feedback; without it students cannot fetch the feedback."""
    path = source / "submission_secret.txt"
    return path.read_text(encoding="ascii", errors="replace")[:1000] if path.is_file() and not path.is_symlink() else None
