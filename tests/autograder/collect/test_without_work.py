"""Does a delivery without any file of the assignment ever replace one that has some, or go unreported?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from autograder.collect import without_work
from autograder.collect.collected import Collected
from autograder.collect.deliveries import collected_notes
from autograder.collect.download import collect_download
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace
from tests.autograder.collect.downloads import NOON, Hand, blackboard, canvas, moodle, write_zip
from tests.autograder.small_course import RIGHT_LAYERS

GOOD = Hand("ada", "Ada", "Love", 11, (("layers.py", RIGHT_LAYERS.encode()),))
JUNK = Hand("ada", "Ada", "Love", 11, (("essay.pdf", b"%PDF-1.4"), ("cat.png", b"\x89PNG\r\n")), NOON + timedelta(hours=2))
BETTER = Hand("ada", "Ada", "Love", 11, (("layers.py", RIGHT_LAYERS.encode() + b"# better\n"),), NOON + timedelta(hours=4))


@pytest.fixture
def collect(workspace: Workspace, small: Course, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Collect one Blackboard download of these hand-ins."""
    count = 0

    def run(*hands: Hand) -> Collected:
        nonlocal count
        count += 1
        return collect_download(workspace, small, "first", write_zip(tmp_path / f"{count}.zip", blackboard(hands)))

    return run


def layers(workspace: Workspace) -> str:
    """Return the file that counts."""
    return (workspace.submitted("ada", "first") / "coursenn" / "layers.py").read_text()


def test_it_replaces_nothing_and_is_listed_until_it_is_replaced(workspace: Workspace, collect) -> None:  # type: ignore[no-untyped-def]
    """Does the good attempt stay, and is the other listed once on every run until something better comes?"""
    collect(GOOD)
    for _ in range(2):
        done = collect(GOOD, JUNK)
        assert [d.outcome for d in done.deliveries] == ["without work", "unchanged"]
        assert done.open == [
            "ada: essay.pdf (it is a PDF document), cat.png (it is a PNG picture); the hand-in of 2026-05-04 12:00 UTC counts"
        ]
        assert done.findings
        assert layers(workspace) == RIGHT_LAYERS
    assert len(list((workspace.earlier / "ada" / "first").iterdir())) == 1
    done = collect(GOOD, JUNK, BETTER)
    assert (done.open, done.findings) == ([], False)
    assert layers(workspace).endswith("# better\n")


def test_it_is_accepted_once(workspace: Workspace, collect) -> None:  # type: ignore[no-untyped-def]
    """After the instructor has accepted it: is the same delivery no longer reported, and another one is?"""
    collect(GOOD, JUNK)
    assert without_work.accept(workspace, "first") == ["ada"]
    assert not collect(GOOD, JUNK).findings
    other = Hand("ada", "Ada", "Love", 11, (("dog.png", b"\x89PNG\r\n"),), NOON + timedelta(hours=3))
    assert collect(GOOD, JUNK, other).open == ["ada: dog.png (it is a PNG picture); the hand-in of 2026-05-04 12:00 UTC counts"]


def test_alone_it_counts_and_is_listed(workspace: Workspace, collect) -> None:  # type: ignore[no-untyped-def]
    """If there is nothing else: is it graded, listed, and replaced even by something older?"""
    done = collect(JUNK)
    assert [d.outcome for d in done.deliveries] == ["new"]
    assert done.open == ["ada: essay.pdf (it is a PDF document), cat.png (it is a PNG picture); it counts, since there is no other hand-in"]
    assert (workspace.submitted("ada", "first") / "essay.pdf").is_file()
    assert [d.outcome for d in collect(GOOD).deliveries] == ["updated"]
    assert layers(workspace) == RIGHT_LAYERS
    assert "empty" not in collected_notes(workspace, "ada", "first")


def test_what_an_instructor_mends_is_left_alone(workspace: Workspace, collect) -> None:  # type: ignore[no-untyped-def]
    """If a file in submitted/ was changed by hand: does collecting the same again keep the change, and a new attempt replace it?"""
    collect(GOOD)
    (workspace.submitted("ada", "first") / "coursenn" / "layers.py").write_text("# mended\n")
    assert [d.outcome for d in collect(GOOD).deliveries] == ["unchanged"]
    assert layers(workspace) == "# mended\n"
    assert [d.outcome for d in collect(GOOD, BETTER).deliveries] == ["updated", "older"]
    assert "# mended\n" in {p.read_text() for p in workspace.earlier.rglob("layers.py")}


def test_typed_text_alone_is_a_delivery_without_work(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """If somebody only typed text into Canvas or Moodle: is that reported, and does it replace nothing?"""
    collect_download(workspace, small, "first", write_zip(tmp_path / "1.zip", canvas([GOOD])))
    typed = [("loveada_11_text.html", b"<p>My answer", NOON + timedelta(days=30)), *canvas([Hand("ben", "Ben", "Bell", 12, GOOD.files)])]
    done = collect_download(workspace, small, "first", write_zip(tmp_path / "2.zip", typed))
    assert done.open == ["loveada: text.html; the earlier hand-in counts"]
    slip = [("Layers_cem_attempt_2026-05-04-12-00-00.txt", b"Name: Cem", NOON), *blackboard([GOOD], "Layers")]
    done = collect_download(workspace, small, "first", write_zip(tmp_path / "3.zip", slip))
    assert any(line.startswith("cem: attempt.txt; it counts") for line in done.open)
    text = [("Eve Roe_5_assignsubmission_onlinetext_/onlinetext.html", b"<p>Hi", NOON), *moodle([GOOD])]
    done = collect_download(workspace, small, "first", write_zip(tmp_path / "4.zip", text))
    assert any(line.startswith("Eve_Roe: onlinetext.html; it counts") for line in done.open)
