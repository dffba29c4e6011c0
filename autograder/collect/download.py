"""`collect --from`: sort an LMS download by student and submission, and write it into ``submitted/``."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path

from autograder.collect.collected import Collected, collecting
from autograder.collect.contents import write_submission
from autograder.collect.deliveries import CLOCKS_DIFFER, Delivery
from autograder.collect.downloaded_files import DownloadedFile, now, open_download
from autograder.collect.people import KnownPeople
from autograder.collect.roster import known_people, set_roster
from autograder.collect.seen import remember_people
from autograder.collect.submissions import Submission, sort_files
from autograder.collect.systems.pattern import system_of_pattern
from autograder.collect.systems.registry import Recognised, recognise
from autograder.collect.systems.shape import Download
from autograder.collect.unread import suggested_pattern
from autograder.given_module import hand_in
from autograder.intake.rules import rules_of
from autograder.manifest import Course
from autograder.times import shown
from autograder.workspace.workspace import Workspace

LONGEST_RECORD = 50_000_000
"""Most bytes of a file in which a system records who handed in what."""

Progress = Callable[[int, int], None]
"""Called with the number of hand-ins done and their total."""


def collect_download(
    workspace: Workspace,
    course: Course,
    assignment: str,
    source: Path,
    pattern: str | None = None,
    roster: Path | None = None,
    zone: tzinfo | None = None,
    progress: Progress | None = None,
) -> Collected:
    """Collect from an LMS download: an archive of archives, or of loose files named by student, or a folder of the same.

    Parameters
    ----------
    source : zip file or folder.
    pattern : a regular expression for names, see `autograder.collect.systems.pattern`.
    roster : CSV of the whole class; kept in the workspace. With one, names that belong to nobody are reported and left alone.
    zone : the zone for times without one; the course's by default.
    """
    rules = rules_of(course, assignment)
    zone = zone or course.zone
    chosen = system_of_pattern(pattern) if pattern else None
    with collecting(workspace, assignment):
        if roster is not None:
            set_roster(workspace, roster)
        known = known_people(workspace)
        collected = Collected()
        with open_download(source, zone) as files:
            recognised = recognise(_as_seen(source, files, known), chosen)
            sorted_ = sort_files(files, recognised, known, zone)
            collected.system = recognised.systems[0].title if recognised.systems[0].is_lms else ""
            collected.unread, collected.remarks = sorted_.unread, sorted_.remarks
            if not recognised.systems[0].is_lms:  # there a student chose how the name ends
                collected.pattern = suggested_pattern([u.name for u in sorted_.unread], known)
            collected.remarks += _remarks(recognised, sorted_.submissions, zone)
            remember_people(workspace, known.new.values())
            for number, submission in enumerate(sorted_.submissions):
                if progress:
                    progress(number, len(sorted_.submissions))
                _take(workspace, assignment, submission, recognised, rules, collected)
        collected.settle(workspace, assignment, "download")
        return collected.finish(workspace, assignment)


def _as_seen(source: Path, files: list[DownloadedFile], known: KnownPeople) -> Download:
    by_name = {file.name: file for file in files}

    def text(name: str) -> str:
        try:
            return by_name[name].read(LONGEST_RECORD).decode("utf-8", "replace") if name in by_name else ""
        except OSError:
            return ""

    return Download(source.name, tuple(by_name), known, text)


def _take(
    workspace: Workspace, assignment: str, submission: Submission, recognised: Recognised, rules: hand_in.Rules, collected: Collected
) -> None:
    [system, *_others] = recognised.systems
    came = submission.came.replace(microsecond=0) if submission.came else None
    with tempfile.TemporaryDirectory(dir=workspace.root, prefix=".incoming-", ignore_cleanup_errors=True) as work:
        folder = Path(work, "files")
        written = write_submission(submission.files, rules, folder)
        delivery = Delivery(
            submission.student,
            submission.stated_time or (None if system.times_of_download else came),
            folder,
            written.refused,
            system.title if system.is_lms else "download",
            empty=written.empty,
            notes=written.notes,
            late=submission.late,
            came=came,
            names=written.explained(submission.names),
        )
        collected.take(workspace, assignment, delivery)


def _remarks(recognised: Recognised, submissions: list[Submission], zone: tzinfo) -> list[str]:
    """What a system does not say, and impossible times."""
    [system, *_others] = recognised.systems
    found = [system.silent_on] if system.silent_on and submissions else []
    latest = max((s.came for s in submissions if s.came and not system.times_of_download), default=None)
    if latest and latest > now() + CLOCKS_DIFFER:
        found.append(
            f"something was handed in at {shown(latest, zone)}, which is in the future: is {zone} the zone of the LMS (--timezone)?"
        )
    return found
