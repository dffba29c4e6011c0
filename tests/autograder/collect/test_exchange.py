"""What is collected from nbgrader's exchange, by our command and by nbgrader's own?"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from autograder.collect.deliveries import collected_notes, read_time
from autograder.collect.exchange import collect_exchange
from autograder.manifest import Course
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace
from tests.autograder.small_course import RIGHT_LAYERS, Files, released_files, write_files


def exchange_submission(workspace: Workspace, student: str, time: str, files: Files, folder: str | None = None) -> Path:
    """What `nbgrader submit` leaves in the exchange."""
    place = workspace.exchange / "small" / "inbound" / (folder or f"{student}+first+{time} UTC+abc")
    write_files(place, {**files, "timestamp.txt": f"{time} UTC", "submission_secret.txt": "word"})
    return place


def test_exchange_is_collected_without_following_links(workspace: Workspace, small: Course) -> None:
    """Does a link in the exchange copy a file of the instructor's into a submission, or a bad name stop the others?"""
    place = exchange_submission(
        workspace, "ada", "2026-05-04 10:00:00.000000", {**released_files(workspace), "coursenn/layers.py": RIGHT_LAYERS}
    )
    exchange_submission(workspace, "ada", "2026-05-03 10:00:00.000000", {"coursenn/layers.py": "# older\n"})
    exchange_submission(workspace, "zoe", "", {}, folder="zoe+first+never+abc")
    exchange_submission(workspace, "", "", {}, folder="a[b]+first+2026-05-04 10:00:00 UTC+abc")
    os.symlink(workspace.root / "seed", place / "stolen.txt")
    os.symlink(workspace.root, place / "everything")
    os.mkfifo(place / "pipe")
    (place / "timestamp.txt").write_text("2020-01-01 00:00:00 UTC")
    done = collect_exchange(workspace, small, "first")
    assert {(a.student, a.outcome) for a in done.deliveries} == {("ada", "new"), ("", "refused"), ("a[b]", "refused")}
    folder = workspace.submitted("ada", "first")
    assert (folder / "coursenn" / "layers.py").read_text() == RIGHT_LAYERS
    assert not (folder / "stolen.txt").exists()
    assert not (folder / "everything").exists()
    assert (folder / "submission_secret.txt").read_text() == "word"
    assert read_time(folder) == datetime(2026, 5, 4, 10)
    assert len(collected_notes(workspace, "ada", "first")["refused"]) == 3
    again = collect_exchange(workspace, small, "first")
    assert ("ada", "unchanged") in {(a.student, a.outcome) for a in again.deliveries}


def test_nbgraders_own_collect_is_ours(workspace: Workspace) -> None:
    """Does the formgrader's button collect in the same careful way?"""
    place = exchange_submission(workspace, "ada", "2026-05-04 10:00:00.000000", released_files(workspace))
    os.symlink(workspace.root / "seed", place / "stolen.txt")
    assert nbgrader_api.run(workspace, "collect", lambda: nbgrader_api.api(workspace).collect("first"))["success"]
    assert (workspace.submitted("ada", "first") / "Alpha.ipynb").is_file()
    assert not (workspace.submitted("ada", "first") / "stolen.txt").exists()
