"""nbgrader's exchange, collected without following a link and without losing an earlier attempt."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect

from autograder.collect.deliveries import Accepted, Delivery, accept
from autograder.intake.files import Intake, copy_tree, remove_tree
from autograder.workspace.opening import existing_workspace


class SafeCollect(ExchangeCollect):  # type: ignore[misc]
    """`nbgrader collect`, and the formgrader's button, with our way of copying."""

    accepted: list[Accepted] = []  # noqa: RUF012 - set anew for every run

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """One folder of the exchange; a name that nobody but a hand made must not end the collection of the others."""
        try:
            record: dict[str, Any] = super()._path_to_record(path)
        except (ExchangeError, ValueError, OverflowError):
            return {"username": "", "filename": Path(path).name, "timestamp": datetime.min}
        return record

    def copy_files(self) -> None:
        """Copy the newest attempt of each student into ``submitted/``; what was there before is kept aside."""
        workspace = existing_workspace(self.coursedir.root)
        assignment = self.coursedir.assignment_id
        self.accepted = []
        if not self.src_records:
            self.log.warning("No submissions of '%s' to collect", assignment)
        for record in self.src_records:
            source = Path(self.inbound_path, record["filename"])
            self._warn_of_owner(source, record["username"])
            work = Path(tempfile.mkdtemp(dir=workspace.root, prefix=".incoming-"))
            try:
                intake = Intake(work / "files")
                intake.target.mkdir()
                copy_tree(source, intake)
                # The name of the folder holds the time: a file inside could be edited by its owner.
                time = record["timestamp"]
                delivery = Delivery(record["username"], time, intake.target, intake.refused, "exchange", _secret(source))
                self.accepted.append(accept(workspace, assignment, delivery))
                self.log.info("%s", self.accepted[-1].sentence)
            finally:
                remove_tree(work)

    def _warn_of_owner(self, source: Path, student: str) -> None:
        """Say when a submission lies there under another name than its owner's."""
        try:
            owner = source.owner()
        except (KeyError, NotImplementedError):
            owner = "an unknown user"
        if self.check_owner and owner != student:
            self.log.warning("%s is handed in as %s's work but belongs to %s", source.name, student, owner)


def _secret(source: Path) -> str | None:
    """nbgrader's word between a submission and its feedback, without which students cannot fetch it."""
    path = source / "submission_secret.txt"
    return path.read_text(encoding="ascii", errors="replace")[:1000] if path.is_file() and not path.is_symlink() else None
