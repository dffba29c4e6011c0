"""nbgrader's exchange, collected without following a link and without losing an earlier attempt."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect

from autograder.collect.deliveries import Collected, Delivery, DeliveryResult, take_delivery
from autograder.collect.roster import students_without_submission
from autograder.intake.incoming import IncomingFiles, copy_tree
from autograder.manifest import Course
from autograder.workspace import nbgrader_api
from autograder.workspace.opening import existing_workspace
from autograder.workspace.workspace import Workspace, WorkspaceError


def collect_exchange(workspace: Workspace, course: Course, assignment: str) -> Collected:
    """Collect the newest attempt of everybody from nbgrader's exchange.

    Raises
    ------
    WorkspaceError
        When nbgrader cannot use the exchange, or the workspace cannot be written.
    """
    course.assignment(assignment)
    with workspace.writing("collect"):
        api = nbgrader_api.api(workspace)
        api.coursedir.assignment_id = assignment
        collector = api.exchange.Collect(coursedir=api.coursedir, authenticator=api.authenticator, parent=api)
        try:
            collector.start()
        except ExchangeError as error:
            raise WorkspaceError(
                f"nbgrader's exchange: {error}. Release the assignment first, or name the exchange with --exchange."
            ) from error
        return Collected(list(collector.deliveries), missing=students_without_submission(workspace, assignment))


class SafeCollect(ExchangeCollect):  # type: ignore[misc]
    """`nbgrader collect`, and the formgrader's button, which copies as `autograder.intake.incoming` does."""

    deliveries: list[DeliveryResult] = []  # noqa: RUF012 - set anew for every run

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """One folder of the exchange; a name that was made by hand must not end the collection of the others."""
        try:
            record: dict[str, Any] = super()._path_to_record(path)
        except (ExchangeError, ValueError, OverflowError):
            return {"username": "", "filename": Path(path).name, "timestamp": datetime.min}
        return record

    def copy_files(self) -> None:
        """Copy the newest attempt of each student into ``submitted/``; what was there before is kept aside."""
        workspace = existing_workspace(self.coursedir.root)
        assignment = self.coursedir.assignment_id
        self.deliveries = []
        if not self.src_records:
            self.log.warning("No submissions of '%s' to collect", assignment)
        for record in self.src_records:
            source = Path(self.inbound_path, record["filename"])
            self._warn_of_owner(source, record["username"])
            with tempfile.TemporaryDirectory(dir=workspace.root, prefix=".incoming-", ignore_cleanup_errors=True) as work:
                incoming = IncomingFiles(Path(work, "files"))
                incoming.target.mkdir()
                copy_tree(source, incoming)
                # The name of the folder holds the time: a file inside could be edited by its owner.
                time = record["timestamp"]
                delivery = Delivery(record["username"], time, incoming.target, incoming.refused, "exchange", _secret(source))
                self.deliveries.append(take_delivery(workspace, assignment, delivery))
                self.log.info("%s", self.deliveries[-1].sentence)

    def _warn_of_owner(self, source: Path, student: str) -> None:
        """Say when a submission lies there under another name than its owner's."""
        try:
            owner = source.owner()
        except (KeyError, NotImplementedError):
            owner = "an unknown user"
        if self.check_owner and owner != student:
            self.log.warning("%s was handed in as the work of %s but belongs to %s", source.name, student, owner)


def _secret(source: Path) -> str | None:
    """nbgrader's word between a submission and its feedback, without which students cannot fetch it."""
    path = source / "submission_secret.txt"
    return path.read_text(encoding="ascii", errors="replace")[:1000] if path.is_file() and not path.is_symlink() else None
