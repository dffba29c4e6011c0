"""A submission as bytes for another machine: only files that are graded, each with the intake's limits."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from autograder.intake.submission import stage_submission
from autograder.manifest import Course
from autograder.results.documents import Document

_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Packed:
    """An archive, and what the intake said about the folder that it was made from."""

    archive: bytes
    refused: list[str]
    notes: list[str]
    not_gradable: str | None

    def complete(self, document: Document) -> Document:
        """Turn the archive's result into the folder's: what was refused here was never sent."""
        done = dict(document)
        for field, ours in (("refused", self.refused), ("notes", self.notes)):
            done[field] = [*ours, *(text for text in document[field] if text not in ours)]
        if self.not_gradable:
            done["reason"] = self.not_gradable
        return done


def pack(folder: Path, course: Course, assignment: str) -> Packed:
    """Pack a submission; links and special files are left out and listed."""
    buffer = io.BytesIO()
    with (
        stage_submission(folder, course, assignment) as staged,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        taken = [] if staged.not_gradable else sorted([*staged.files.values(), *staged.models.values(), *staged.notebooks.values()])
        for path in taken:
            name = path.relative_to(staged.root).as_posix()
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return Packed(buffer.getvalue(), list(staged.refused), list(staged.notes), staged.not_gradable)
