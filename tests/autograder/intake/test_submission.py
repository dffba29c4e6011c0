"""Which files of a submission are accepted, and which are refused?"""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.intake.submission import stage_submission
from autograder.manifest import Course
from tests.examples import examples

SOURCE = "x = 1\n"


def folder(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write a folder with these files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return root


def archive(path: Path, files: list[tuple[str, str]]) -> Path:
    """Write a zip file with these members, including duplicate names."""
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


@pytest.mark.parametrize(
    "name", ["/coursenn/layers.py", "../coursenn/layers.py", "coursenn/../../layers.py", "C:/coursenn/layers.py", "..\\layers.py"]
)
def test_names_that_lead_outside_are_refused(course: Course, tmp_path: Path, name: str) -> None:
    """Is a path that leads outside the submission refused?"""
    with stage_submission(archive(tmp_path / "s.zip", [(name, SOURCE), ("coursenn/optim.py", SOURCE)]), course) as staged:
        assert set(staged.files) == {"optim.py"}
        assert "points outside" in staged.refused[0]


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" + b"\xff" * 200])
def test_unreadable_archives_are_not_gradable(course: Course, tmp_path: Path, content: bytes) -> None:
    """Does a damaged or empty archive give a reason?"""
    (tmp_path / "s.zip").write_bytes(content)
    with stage_submission(tmp_path / "s.zip", course) as staged:
        assert staged.not_gradable
    with stage_submission(tmp_path / "nothing", course) as staged:
        assert staged.not_gradable == "there is no such file or folder"


@given(st.binary(max_size=400), st.integers(0, 10_000))
@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_archives_never_raise(course: Course, tmp_path: Path, noise: bytes, place: int) -> None:
    """Does no damage to an archive raise an exception?"""
    path = archive(tmp_path / "s.zip", list(ALL.items()))
    data = bytearray(path.read_bytes())
    start = place % len(data)
    data[start : start + len(noise)] = noise
    path.write_bytes(bytes(data))
    with stage_submission(path, course) as staged:
        assert staged.not_gradable or staged.files or staged.models or staged.notebooks
