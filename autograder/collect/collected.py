"""The outcome of a collection, from the exchange or from a download."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from autograder.collect import attempts, group_work, undo, without_work
from autograder.collect.deliveries import Delivery, DeliveryResult, take_delivery
from autograder.collect.roster import students_without_submission
from autograder.collect.submissions import Unread
from autograder.collect.unmatched import remember_unread
from autograder.intake.digest import submission_digest
from autograder.term import journal
from autograder.term.deadline_file import deadlines_of
from autograder.workspace.obstacles import obstacle
from autograder.workspace.workspace import Workspace


@dataclass
class Collected:
    """What happened to every delivery, which files belong to nobody, and who handed in nothing."""

    deliveries: list[DeliveryResult] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What people should know although everything was collected."""
    open: list[str] = field(default_factory=list)
    """Deliveries that hold nothing of the assignment and that nobody has accepted, each in a sentence."""
    missing: list[str] = field(default_factory=list)
    system: str = ""
    """The LMS that made the download; empty if it is not one that we know."""
    pattern: str = ""
    """A ``--pattern`` that would read the files that belong to nobody, if one was found."""

    @property
    def findings(self) -> bool:
        """Whether somebody should look at the result."""
        return bool(self.unread or self.open) or any(d.outcome == "refused" for d in self.deliveries)

    def take(self, workspace: Workspace, assignment: str, delivery: Delivery) -> None:
        """Put a delivery where it belongs, and remember one that holds nothing of the assignment."""
        if delivery.empty:
            without_work.remember(workspace, assignment, delivery, submission_digest(delivery.folder))
        self.deliveries.append(take_delivery(workspace, assignment, delivery))

    def settle(self, workspace: Workspace, assignment: str, source: str) -> None:
        """Share what groups handed in, make the right attempts count, and remember what happened.

        Parameters
        ----------
        source : what was collected from, ``exchange`` or ``download``; unmatched files are remembered for each of them and each system.
        """
        deadlines = deadlines_of(workspace)
        shared = group_work.share(workspace, deadlines.groups, assignment)
        settled = attempts.settle_all(workspace, deadlines, assignment)
        self.remarks += shared + settled
        remember_unread(workspace, assignment, self.system or source, self.unread)
        taken = [d for d in self.deliveries if d.outcome != "unchanged"]
        events = [(d.student, d.sentence) for d in taken] + [(said.partition(":")[0], said) for said in settled]
        events += [(student, said) for said in shared for student in said.partition(":")[0].split(", ") if ":" in said]
        journal.write(workspace, [journal.Event("collected", said, student, assignment) for student, said in events])
        undo.finish(workspace)

    def finish(self, workspace: Workspace, assignment: str) -> Collected:
        """Add what is open and who is missing."""
        entries = without_work.still_open(workspace, assignment)
        self.open = [without_work.sentence(workspace, assignment, entry) for entry in entries]
        self.missing = students_without_submission(workspace, assignment)
        return self


@contextmanager
def collecting(workspace: Workspace, assignment: str) -> Iterator[None]:
    """Be the only command that writes here, after removing what a killed collection left; explain a full disk.

    Raises
    ------
    Obstacle
        When the disk is full or cannot be written: this is not the fault of a hand-in, and the same command goes on later.
    """
    with workspace.writing("collect"):
        _remove_unfinished(workspace.root)
        try:
            undo.remember(workspace, assignment)
            yield
        except OSError as error:
            raise obstacle(workspace, error) or error from error


def _remove_unfinished(root: Path) -> None:
    """Remove what a killed collection left half unpacked and half written."""
    for folder in root.glob(".incoming-*"):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (*root.glob(".roster.csv.*"), *root.glob("collected/**/.*.json.*")):
        file.unlink(missing_ok=True)
