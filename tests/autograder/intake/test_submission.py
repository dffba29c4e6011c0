"""What is taken out of a submission, and what is refused?"""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.intake import limits
from autograder.intake.submission import stage_submission
from autograder.manifest import Course

SOURCE = "x = 1\n"


def folder(root: Path, files: dict[str, str | bytes]) -> Path:
    """A folder with these files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return root


def archive(path: Path, files: list[tuple[str, str]]) -> Path:
    """A zip with these members, doubled names included."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in files:
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            target.writestr(info, text, zipfile.ZIP_DEFLATED)
    return path


ALL = {"coursenn/layers.py": SOURCE, "coursenn/classifiers/cnn.py": SOURCE, "Dropout.ipynb": "{}", "models/best_basic.npz": "PK"}


@pytest.mark.parametrize("wrapping", ["", "alice_homework/", "a/b/../../alice/"])
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_takes_what_is_graded(course: Course, tmp_path: Path, wrapping: str, kind: str) -> None:
    """Are editable files, models and notebooks found, with or without one folder around them?"""
    if ".." in wrapping:
        if kind == "zip":
            with stage_submission(archive(tmp_path / "s.zip", [(wrapping + n, t) for n, t in ALL.items()]), course) as staged:
                assert staged.not_gradable
                assert all("points outside" in r for r in staged.refused)
        return
    files = {wrapping + n: t for n, t in ALL.items()}
    source = folder(tmp_path / "s", files) if kind == "folder" else archive(tmp_path / "s.zip", list(files.items()))
    with stage_submission(source, course) as staged:
        assert staged.not_gradable is None
        assert set(staged.files) == {"layers.py", "classifiers/cnn.py"}
        assert set(staged.models) == {"models/best_basic.npz"}
        assert set(staged.notebooks) == {"Dropout"}
        assert (staged.refused, staged.notes) == ([], [])
        assert staged.files["layers.py"].read_text() == SOURCE
    assert not staged.root.exists()


def test_notebooks_of_another_assignment_are_not_taken(course: Course, tmp_path: Path) -> None:
    """Does an assignment get only its own notebooks?"""
    source = folder(tmp_path / "s", {**ALL, "Other.ipynb": "{}"})
    with stage_submission(source, course, course.assignments[0]) as staged:
        assert set(staged.notebooks) == {"Dropout"}
        assert staged.refused == ["Other.ipynb: not a file that is graded"]


def test_links_and_pipes_are_refused(course: Course, tmp_path: Path) -> None:
    """Can a link bring a file of the grader into the submission, or a pipe stop the intake?"""
    (tmp_path / "secret.py").write_text("secret = 1\n")
    root = folder(tmp_path / "s", {"coursenn/optim.py": SOURCE})
    (root / "coursenn" / "layers.py").symlink_to(tmp_path / "secret.py")
    (root / "models").symlink_to(tmp_path)
    os.mkfifo(root / "coursenn" / "layer_utils.py")
    with stage_submission(root, course) as staged:
        assert set(staged.files) == {"optim.py"}
        assert sorted(staged.refused) == [
            "coursenn/layer_utils.py: it is a device, a pipe or a socket",
            "coursenn/layers.py: it is a link, and links are not accepted",
            "models: it is a link, and links are not accepted",
        ]


def test_links_in_an_archive_are_refused(course: Course, tmp_path: Path) -> None:
    """Is a zip's symbolic link refused, by name and with its reason?"""
    path = archive(tmp_path / "s.zip", [("coursenn/optim.py", SOURCE)])
    with zipfile.ZipFile(path, "a") as target:
        info = zipfile.ZipInfo("coursenn/layers.py")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        target.writestr(info, "/etc/passwd")
    with stage_submission(path, course) as staged:
        assert set(staged.files) == {"optim.py"}
        assert staged.refused == ["coursenn/layers.py: it is a link, and links are not accepted"]


@pytest.mark.parametrize(
    "name", ["/coursenn/layers.py", "../coursenn/layers.py", "coursenn/../../layers.py", "C:/coursenn/layers.py", "..\\layers.py"]
)
def test_names_that_lead_out_are_refused(course: Course, tmp_path: Path, name: str) -> None:
    """Is a name that leaves the submission refused?"""
    with stage_submission(archive(tmp_path / "s.zip", [(name, SOURCE), ("coursenn/optim.py", SOURCE)]), course) as staged:
        assert set(staged.files) == {"optim.py"}
        assert "points outside" in staged.refused[0]


def test_doubled_names_are_refused(course: Course, tmp_path: Path) -> None:
    """Is a file that stands twice in an archive taken, when nobody can say which copy counts?"""
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = archive(
            tmp_path / "s.zip", [("coursenn/layers.py", "a = 1\n"), ("coursenn/layers.py", "a = 2\n"), ("coursenn/optim.py", SOURCE)]
        )
    with stage_submission(path, course) as staged:
        assert set(staged.files) == {"optim.py"}
        assert "more than once" in staged.refused[0]


def test_spelling_in_another_case_is_refused(course: Course, tmp_path: Path) -> None:
    """Is Layers.py refused with a word about the right name, and layers.py beside it kept?"""
    with stage_submission(folder(tmp_path / "s", {"coursenn/Layers.py": "a\n", "coursenn/layers.py": SOURCE}), course) as staged:
        assert set(staged.files) == {"layers.py"}
        assert staged.refused == ["coursenn/Layers.py: must be spelt coursenn/layers.py"]


def test_large_files_are_refused(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a file above its cap refused, also one that only unpacks to that size and lies about it?"""
    big = "#" * (2 << 20)
    with stage_submission(archive(tmp_path / "s.zip", [("coursenn/layers.py", big), ("coursenn/optim.py", SOURCE)]), course) as staged:
        assert set(staged.files) == {"optim.py"}
        assert staged.refused == ["coursenn/layers.py: it is larger than 1 MB"]
    monkeypatch.setattr(limits, "MAX_STAGED_BYTES", 1 << 20)
    with stage_submission(folder(tmp_path / "s", {"coursenn/layers.py": SOURCE, "rest.bin": big}), course) as staged:
        assert "MB in all" in str(staged.not_gradable)


def test_too_many_files_are_refused(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a submission of countless files refused, as a folder and as a zip?"""
    monkeypatch.setattr(limits, "MAX_STAGED_ENTRIES", 10)
    files = {f"coursenn/{i}.py": SOURCE for i in range(11)}
    for source in (folder(tmp_path / "s", files), archive(tmp_path / "s.zip", list(files.items()))):
        with stage_submission(source, course) as staged:
            assert "more than 10 files" in str(staged.not_gradable)


def test_given_files_are_ignored_and_noted_when_they_differ(course: Course, tmp_path: Path) -> None:
    """Is a student's copy of a given file left out, with a note only when it was changed?"""
    name, path = next((n, p) for n, p in course.given.items() if n.endswith(".py") and p.stat().st_size > 100)
    same = path.read_bytes().replace(b"\n", b"\r\n")
    with stage_submission(folder(tmp_path / "s", {f"coursenn/{name}": same, "coursenn/layers.py": SOURCE}), course) as staged:
        assert (set(staged.files), staged.notes, staged.refused) == ({"layers.py"}, [], [])
    with stage_submission(folder(tmp_path / "s", {f"coursenn/{name}": "hacked = True\n"}), course) as staged:
        assert f"coursenn/{name} is a given file and differs" in staged.notes[0]
        assert set(staged.files) == {"layers.py"}


def test_clutter_is_passed_over_in_silence(course: Course, tmp_path: Path) -> None:
    """Do caches and system files of other machines leave no trace in the result?"""
    clutter = [
        "__MACOSX/coursenn/._layers.py",
        "coursenn/__pycache__/layers.cpython-311.pyc",
        "coursenn/.DS_Store",
        ".ipynb_checkpoints/Dropout.ipynb",
    ]
    with stage_submission(folder(tmp_path / "s", {**ALL, **dict.fromkeys(clutter, "x")}), course) as staged:
        assert staged.refused == []


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" + b"\xff" * 200])
def test_unreadable_archives_are_not_gradable(course: Course, tmp_path: Path, content: bytes) -> None:
    """Does a damaged or empty archive end in a reason?"""
    (tmp_path / "s.zip").write_bytes(content)
    with stage_submission(tmp_path / "s.zip", course) as staged:
        assert staged.not_gradable
    with stage_submission(tmp_path / "nothing", course) as staged:
        assert staged.not_gradable == "there is no such file or folder"


@given(st.binary(max_size=400), st.integers(0, 10_000))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_archives_never_raise(course: Course, tmp_path: Path, noise: bytes, place: int) -> None:
    """Does any damage to an archive raise?"""
    path = archive(tmp_path / "s.zip", list(ALL.items()))
    data = bytearray(path.read_bytes())
    start = place % len(data)
    data[start : start + len(noise)] = noise
    path.write_bytes(bytes(data))
    with stage_submission(path, course) as staged:
        assert staged.not_gradable or staged.files or staged.models or staged.notebooks
