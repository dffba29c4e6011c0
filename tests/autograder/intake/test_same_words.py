"""Do packing, merging, collecting, checking and grading describe the same hand-in in the same words?"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.intake.submission import stage_submission
from autograder.manifest import Course
from autograder.outgoing.release import write_source
from autograder.runs.packing import pack
from coursenn import submit
from coursenn._work_folder import find_work, read_earlier
from tests.course.hand_in.test_contents import FOREIGN
from tests.hand_ins import notebook

LAYERS = "coursenn/layers.py"


def write(name: str, data: bytes) -> Callable[[Path], object]:
    """Return a change of a folder: a file with this content."""

    def change(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)

    return change


def rename(name: str, other: str) -> Callable[[Path], object]:
    """Return a change of a folder: a file under another name."""
    return lambda root: (root / name).rename(root / other)


def link(name: str, target: str) -> Callable[[Path], object]:
    """Return a change of a folder: a link instead of a file."""

    def change(root: Path) -> None:
        (root / name).unlink(missing_ok=True)
        (root / name).symlink_to(target)

    return change


LARGE = b'{"cells": [{"cell_type": "code", "source": "", "metadata": {}, "outputs": [{"data": "%s"}]}], "metadata": {}}' % (
    b"A" * 25_000_000
)

CASES: dict[str, tuple[list[Callable[[Path], object]], str]] = {
    "untouched": ([], ""),
    "a number of the browser": ([rename(LAYERS, "coursenn/layers (1).py")], "coursenn/layers (1).py was read as coursenn/layers.py"),
    "a copy": (
        [write("coursenn/layers - Copy.py", b"x = 1\n")],
        "coursenn/layers - Copy.py was not read, since coursenn/layers.py is there",
    ),
    "other case": ([rename("Dropout.ipynb", "dropout.IPYNB")], "dropout.IPYNB was read as Dropout.ipynb"),
    "a notebook as text": ([rename("Dropout.ipynb", "Dropout.ipynb.txt")], "Dropout.ipynb.txt was read as Dropout.ipynb"),
    "another notebook": ([write("Untitled.ipynb", notebook())], "Untitled.ipynb: not a file that is graded"),
    "a module of one's own": ([write("coursenn/mine.py", b"")], "coursenn/mine.py: not a file that is graded; move what you need"),
    "weights of another name": ([write("models/first.npz", b"PK")], "models/first.npz: not a file that is graded; the names are models/"),
    "a large source": ([write(LAYERS, b"#" * 1_000_001)], "coursenn/layers.py: it is larger than 1 MB"),
    "a large notebook": ([write("Dropout.ipynb", LARGE)], "Dropout.ipynb is larger than 25 MB, so its outputs were left out; the answers"),
    "a link": ([link(LAYERS, "/etc/passwd")], "coursenn/layers.py: it is a link, and links are not accepted"),
    "a page": ([write(LAYERS, FOREIGN["HTML page"])], "coursenn/layers.py: it is an HTML page, not a py file"),
    "a changed given file": ([write("coursenn/solver.py", b"x = 1\n")], "coursenn/solver.py is a given file and differs"),
    "two that differ": (
        [rename(LAYERS, "coursenn/LAYERS.py"), write("coursenn/Layers.py", b"x = 1\n")],
        "coursenn/layers.py: there are different files for it (coursenn/LAYERS.py and coursenn/Layers.py)",
    ),
    "litter": ([write(name, b"x") for name in (".venv/pyvenv.cfg", ".DS_Store", "coursenn/__pycache__/layers.cpython-311.pyc")], ""),
}


@pytest.fixture(scope="module")
def released(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that students get."""
    folder = tmp_path_factory.mktemp("released") / "layers"
    write_source(course, course.assignments[0], folder)
    return folder


@pytest.mark.parametrize("name", CASES)
def test_all_say_the_same(name: str, released: Path, course: Course, tmp_path: Path) -> None:
    """For each odd folder of work, are the refusals and notes of all commands equal and as expected?"""
    changes, expected = CASES[name]
    folder = tmp_path / "work"
    shutil.copytree(released, folder)
    for change in changes:
        change(folder)
    with stage_submission(folder, course, course.assignments[0]) as staged:
        graded = staged.refused, staged.notes
        files = {p.relative_to(staged.root).as_posix(): p.read_bytes() for p in staged.root.rglob("*") if p.is_file()}
    assert (graded == ([], [])) if not expected else any(expected in line for line in (*graded[0], *graded[1])), graded
    packed = submit.collect(find_work(folder))
    assert ((packed.refused, packed.notes), packed.files) == (graded, files), "submit"
    found = read_earlier(folder, find_work(released))
    assert ((found.refused, found.notes), found.files) == (graded, files), "merge"
    travelling = pack(folder, course, course.assignments[0].name)
    assert (travelling.refused, travelling.notes) == graded, "grade, on another machine"
    done = CliRunner().invoke(main, ["dev", "assemble", str(folder), str(tmp_path / "assembled")])
    assert done.exit_code == 0, done.output
    told = [line for line in done.output.splitlines() if line.startswith(("refused: ", "note: "))]
    assert told == [*(f"refused: {line}" for line in graded[0]), *(f"note: {line}" for line in graded[1])], "assemble"
    # A zip file packed by submit is read without a remark, and as the same work.
    (tmp_path / "work.zip").write_bytes(packed.to_zip())
    with stage_submission(tmp_path / "work.zip", course, course.assignments[0]) as staged:
        assert (staged.refused, staged.notes) == ([], [])
        assert {p.relative_to(staged.root).as_posix(): p.read_bytes() for p in staged.root.rglob("*") if p.is_file()} == files


@pytest.mark.parametrize("form", ["{}", "wrapped/{}"])
def test_an_archive_is_read_as_its_folder(form: str, released: Path, course: Course, tmp_path: Path) -> None:
    """Does a zip file of a folder get the same messages as the folder, with and without a folder around its content?"""
    shutil.copytree(released, tmp_path / "work")
    for changes, _ in (CASES["a copy"], CASES["a module of one's own"], CASES["a changed given file"]):
        for change in changes:
            change(tmp_path / "work")
    with zipfile.ZipFile(tmp_path / "work.zip", "w") as archive:
        for path in sorted(p for p in (tmp_path / "work").rglob("*") if p.is_file()):
            archive.write(path, form.format(path.relative_to(tmp_path / "work").as_posix()))
    with stage_submission(tmp_path / "work", course) as one, stage_submission(tmp_path / "work.zip", course) as other:
        assert (one.refused, one.notes) == (other.refused, other.notes)
        assert len(one.refused) == 1
        assert len(one.notes) == 2
