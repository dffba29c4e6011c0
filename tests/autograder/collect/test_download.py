"""What does `collect` take from LMS downloads, harmless and hostile?"""

from __future__ import annotations

import errno
import io
import os
import stat
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from autograder.collect.collected import Collected
from autograder.collect.deliveries import collected_notes, read_time
from autograder.collect.download import collect_download
from autograder.manifest import Course
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace, WorkspaceError
from tests.autograder.small_course import RIGHT_LAYERS, Files, released_files, write_files, zipped

WORK: Files = {"coursenn/layers.py": RIGHT_LAYERS}


def download(path: Path, members: dict[str, bytes], when: tuple[int, int, int, int, int, int] = (2026, 5, 4, 12, 0, 0)) -> Path:
    """Write a bulk download like those of an LMS."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, when), content)
    return path


def take(workspace: Workspace, course: Course, source: Path, **options: object) -> Collected:
    """Collect a download."""
    return collect_download(workspace, course, "first", source, **options)  # type: ignore[arg-type]


def test_archives_of_archives_are_unpacked(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Is a student's archive accepted with and without a folder around its content?"""
    source = download(
        tmp_path / "all.zip",
        {
            "ada_1_2_work.zip": zipped(released_files(workspace) | WORK),
            "ben_LATE_3_4_work.zip": zipped(WORK, "my work/first/"),
            "__MACOSX/._ada": b"litter",
        },
    )
    done = take(workspace, small, source)
    assert {(a.student, a.outcome) for a in done.deliveries} == {("ada", "new"), ("ben", "new")}
    assert not done.findings
    for student in ("ada", "ben"):
        assert (workspace.submitted(student, "first") / "coursenn" / "layers.py").read_text() == RIGHT_LAYERS
    assert (workspace.submitted("ada", "first") / "Alpha.ipynb").is_file()
    # Canvas stamps the members with the time of the download, which is not the time of any hand-in.
    assert read_time(workspace.submitted("ada", "first")) is None
    assert collected_notes(workspace, "ben", "first")["late"]
    assert [d.sentence for d in done.deliveries] == ["ada: new", "ben: new, late, says Canvas"]
    assert "only whether it is late" in done.remarks[0]


def test_nobody_hands_in_for_somebody_else(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Does a file in a Canvas download that ends like a Blackboard name go to its owner, and to nobody if that is uncertain?"""
    hostile = "mallory_4711_99887_x_ada_attempt_2030-01-01-00-00-00_work.zip"
    members = {"ada_4712_99888_work.zip": zipped(WORK), hostile: zipped({"coursenn/layers.py": "x = 1\n"})}
    done = take(workspace, small, download(tmp_path / "class.zip", members))
    assert sorted((a.student, a.outcome) for a in done.deliveries) == [("ada", "new"), ("mallory", "new")]
    assert (workspace.submitted("ada", "first") / "coursenn" / "layers.py").read_text() == RIGHT_LAYERS
    alone = take(workspace, small, download(tmp_path / "late.zip", {hostile: zipped(WORK)}))
    assert (alone.deliveries, [u.name for u in alone.unread]) == ([], [hostile])


def test_loose_files_find_their_place(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Are loose files, numbered by the LMS, put where they belong?"""
    folder = tmp_path / "loose"
    write_files(
        folder,
        {"ada_1_2_layers-1.py": RIGHT_LAYERS, "ada_1_3_Alpha.ipynb": "{}", "ben/coursenn/optim.py": "x = 1\n", "ben/Beta.ipynb": "{}"},
    )
    done = take(workspace, small, folder)
    assert len(done.deliveries) == 2
    assert (workspace.submitted("ada", "first") / "coursenn" / "layers.py").read_text() == RIGHT_LAYERS
    assert (workspace.submitted("ada", "first") / "Alpha.ipynb").is_file()
    assert (workspace.submitted("ben", "first") / "coursenn" / "optim.py").is_file()


def test_an_id_with_an_underscore_is_found_by_the_roster(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Does ``j_doe_layers.py`` belong to j_doe, and not to j, when both are in the class?"""
    roster = tmp_path / "roster.csv"
    roster.write_text("id\nj\nj_doe\n", encoding="utf-8")
    folder = tmp_path / "loose"
    write_files(folder, {"j_doe_layers.py": RIGHT_LAYERS, "j_optim.py": "x = 1\n"})
    done = collect_download(workspace, small, "first", folder, roster=roster)
    assert {a.student for a in done.deliveries} == {"j", "j_doe"}
    assert (workspace.submitted("j_doe", "first") / "coursenn" / "layers.py").read_text() == RIGHT_LAYERS


def test_newest_attempt_wins_and_none_is_lost(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """With several attempts, in any order and over several downloads: is the newest graded and every other kept?"""

    def attempt(day: int, text: str) -> tuple[str, bytes]:
        return f"Layers_ada_attempt_2026-10-{day:02}-12-00-00_w.zip", zipped({"coursenn/layers.py": f"# {text}\n"})

    take(workspace, small, download(tmp_path / "1.zip", dict([attempt(3, "third"), attempt(1, "first")])))
    here = workspace.submitted("ada", "first")
    assert (here / "coursenn" / "layers.py").read_text() == "# third\n"
    late = take(workspace, small, download(tmp_path / "2.zip", dict([attempt(2, "second")])))
    assert [a.outcome for a in late.deliveries] == ["older"]
    assert (here / "coursenn" / "layers.py").read_text() == "# third\n"
    assert [a.outcome for a in take(workspace, small, download(tmp_path / "3.zip", dict([attempt(3, "third")]))).deliveries] == [
        "unchanged"
    ]
    assert [a.outcome for a in take(workspace, small, download(tmp_path / "4.zip", dict([attempt(5, "fifth")]))).deliveries] == ["updated"]
    kept = {p.read_text() for p in workspace.earlier.rglob("layers.py")}
    assert kept == {"# first\n", "# second\n", "# third\n"}
    assert read_time(here) == datetime(2026, 10, 5, 12)


def test_roster_says_who_is_missing_and_what_is_nobodys(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Does the instructor learn which files belong to nobody, and for which students nothing was found?"""
    roster = tmp_path / "class.csv"
    roster.write_text("id,first_name,last_name,email,lms_user_id\nada,Ada,Love,ada@x.org,1\nben,Ben,Bell,,3\n", encoding="utf-8")
    source = download(tmp_path / "all.zip", {"loveada_1_2_w.zip": zipped(WORK), "stranger_9_9_w.zip": zipped(WORK), "readme": b"?"})
    done = take(workspace, small, source, roster=roster)
    assert [a.student for a in done.deliveries] == ["ada"]
    assert [u.name for u in done.unread] == ["stranger_9_9_w.zip", "readme"]
    assert done.missing == ["ben"]
    assert done.findings
    with nbgrader_api.gradebook(workspace) as book:
        assert book.find_student("ada").last_name == "Love"


def test_own_pattern(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Can an instructor give a pattern for the names, and is a useless pattern refused with what to do?"""
    source = download(tmp_path / "all.zip", {"2026-w1-ada-final.zip": zipped(WORK)})
    done = take(workspace, small, source, pattern=r"\d+-w\d-(?P<student_id>\w+)-.*")
    assert [a.student for a in done.deliveries] == ["ada"]
    with pytest.raises(WorkspaceError, match="student_id"):
        take(workspace, small, source, pattern=r".*")
    with pytest.raises(WorkspaceError, match="regular expression"):
        take(workspace, small, source, pattern="(")
    with pytest.raises(WorkspaceError, match="neither a folder nor a zip"):
        take(workspace, small, small.path)


@pytest.mark.parametrize(
    ("head", "name"), [(b"Rar!\x1a\x07\x00", "a RAR archive"), (b"7z\xbc\xaf\x27\x1c", "7z archive"), (b"\x1f\x8b\x08", "a")]
)
def test_a_download_of_another_kind_is_named(workspace: Workspace, small: Course, tmp_path: Path, head: bytes, name: str) -> None:
    """Is a download that is not a zip file called what it is, with what to do?"""
    (tmp_path / "all").write_bytes(head + bytes(300))
    with pytest.raises(WorkspaceError, match=rf"it is .*{name}.*; unpack it, or download it again as a zip"):
        take(workspace, small, tmp_path / "all")


def link(name: str) -> tuple[zipfile.ZipInfo, str]:
    """A symbolic link as a member of an archive."""
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member, "/etc/passwd"


def hostile() -> bytes:
    """A student's archive with everything that must not be accepted."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("../../escaped.py", "/absolute.py", "coursenn\\..\\..\\windows.py", "c:/drive.py", "a\x1bb.py", "timestamp.txt"):
            archive.writestr(name, "2020-01-01 00:00:00 UTC")
        archive.writestr("submission_secret.txt", "guess")
        archive.writestr("coursenn/layers.py", RIGHT_LAYERS)
        archive.writestr(*link("coursenn/optim.py"))
        archive.writestr("bomb.bin", b"\0" * 60_000_000)
        archive.writestr("bomb.bz2", b"\0" * 10_000_000, compress_type=zipfile.ZIP_BZIP2)
        archive.writestr("bomb.py", b"#" * 60_000_000)
    return buffer.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_hostile_archive_leaves_its_folder_nowhere(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Are links, names with .., bombs and forged time stamps refused and listed with the reason, and honest files accepted?"""
    take(workspace, small, download(tmp_path / "all.zip", {"eve_1_2_w.zip": hostile(), "dan_3_4_w.zip": b"PK\x03\x04 no archive"}))
    folder = workspace.submitted("eve", "first")
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}
    assert found == {"coursenn/layers.py", "absolute.py", "c:/drive.py"}
    assert (folder / "coursenn" / "layers.py").read_text() == RIGHT_LAYERS
    assert read_time(folder) is None
    assert not list(tmp_path.rglob("escaped.py")) + list(tmp_path.rglob("windows.py"))
    refused = " ".join(collected_notes(workspace, "eve", "first")["refused"])
    for word in ("escaped", "windows", "it is a link", "bomb.bin: it is larger than", "bomb.py: ", "bomb.bz2: it is not compressed"):
        assert word in refused
    assert collected_notes(workspace, "dan", "first")["refused"][0].startswith("w.zip: ")


def test_strange_names_are_nobody(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Can a name in a download become a folder elsewhere, or a pattern that fits other students?"""
    source = download(
        tmp_path / "all.zip", {"../x_1_2_w.zip": zipped(WORK), "*_1_2_w.zip": zipped(WORK), ".hidden_1_2_w.zip": zipped(WORK)}
    )
    done = take(workspace, small, source)
    assert all(a.student in {"x", "hidden"} for a in done.deliveries)
    assert set(workspace.students("first")) <= {"x", "hidden"}
    assert "*_1_2_w.zip" in [u.name for u in done.unread]


def test_a_full_disk_costs_nobody(workspace: Workspace, small: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a full disk reported with what to do, and does the same command later end as if the disk had never been full?"""
    source = download(tmp_path / "all.zip", {f"s{n}_{n}_2_w.zip": zipped(WORK) for n in range(1, 5)})
    replace, count = os.replace, 0

    def full(*places: Path) -> None:
        nonlocal count
        count += 1
        if count == 8:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(*places)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(WorkspaceError, match=r"the disk is full: free some space.*run the same command again"):
        take(workspace, small, source)
    monkeypatch.undo()
    done = take(workspace, small, source)
    assert Counter(d.outcome for d in done.deliveries) == {"unchanged": 1, "new": 3}
    assert not list(workspace.root.glob(".incoming-*"))
    assert workspace.students("first") == ["s1", "s2", "s3", "s4"]
