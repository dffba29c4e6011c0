"""Does the digest of a submission change with everything that was handed in and with nothing else?"""

from __future__ import annotations

import os
from pathlib import Path

from autograder.intake.digest import BOOKKEEPING, submission_digest


def test_bytes_names_and_kinds_count(tmp_path: Path) -> None:
    """Do a changed byte, a new name, a link instead of a file and an empty file each give another digest?"""
    (tmp_path / "coursenn").mkdir()
    file = tmp_path / "coursenn" / "layers.py"
    file.write_text("x = 1\n")
    digests = [submission_digest(tmp_path)]
    file.write_text("x = 2\n")
    digests.append(submission_digest(tmp_path))
    file.rename(tmp_path / "coursenn" / "optim.py")
    digests.append(submission_digest(tmp_path))
    (tmp_path / "empty").touch()
    digests.append(submission_digest(tmp_path))
    (tmp_path / "empty").unlink()
    (tmp_path / "empty").symlink_to("/etc")
    digests.append(submission_digest(tmp_path))
    assert len(set(digests)) == len(digests)


def test_what_is_not_the_students_does_not_count(tmp_path: Path) -> None:
    """Is the digest independent of times, the targets of links and nbgrader's files?"""
    (tmp_path / "layers.py").write_text("x = 1\n")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    before = submission_digest(tmp_path)
    os.utime(tmp_path / "layers.py", (1, 1))
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("/")
    for name in BOOKKEEPING:
        (tmp_path / name).write_text("2026-10-01 12:00:00 UTC")
    assert submission_digest(tmp_path) == before
