"""Does `python -m coursenn.submit` pack everything that is graded, and warn of what would cost marks?"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from coursenn import submit
from coursenn._hand_in import folders, limits
from coursenn._work_folder import WorkError, find_work
from tests.course.release_folder import PLACEHOLDER, finish, make, notebook


@pytest.fixture
def stub(tmp_path: Path) -> Path:
    """A release without changes."""
    return make(tmp_path / "work")


@pytest.fixture
def done(tmp_path: Path) -> Path:
    """A release with all work finished."""
    return finish(make(tmp_path / "work"))


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = submit.main([str(a) for a in arguments])
    return status, *capsys.readouterr()


def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def test_is_finished_work_packed_without_a_warning(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Does finished work give a complete zip, a receipt and the exit status 0?"""
    status, out, _ = run(capsys, done)
    assert status == 0, out
    packed = ["Book.ipynb", "coursenn/classifiers/nets.py", "coursenn/layers.py", "models/best.npz"]
    assert names(done / submit.ZIP_NAME) == packed
    assert str(done / submit.ZIP_NAME) in out
    receipt = next(line for line in out.splitlines() if line.startswith("Receipt: ")).removeprefix("Receipt: ")
    assert [len(group) for group in receipt.split()] == [8] * 8


def test_are_unfinished_tasks_named(stub: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is every task listed with its function and notebook, with the exit status 1?"""
    status, out, _ = run(capsys, stub)
    assert status == 1
    for text in (
        "forward: forward in coursenn/layers.py (notebook Book)",
        "backward: backward in coursenn/layers.py",
        "net: Net.__init__, Net.loss in coursenn/classifiers/nets.py",
        "best: models/best.npz",
        "why in Book.ipynb",
    ):
        assert text in out
    assert (stub / submit.ZIP_NAME).exists()


def test_does_a_raise_below_a_return_count_as_finished(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a stub's raise accepted if it cannot be reached, and reported if it is in a branch?"""
    raising = '    raise NotImplementedError("Task forward (notebook Book): complete forward in coursenn/layers.py")\n'
    file = done / "coursenn/layers.py"
    text = file.read_text("utf-8")
    file.write_text(text.replace("    return 2 * x\n", "    return 2 * x\n" + raising), encoding="utf-8")
    assert run(capsys, done)[0] == 0
    file.write_text(text.replace("    return 2 * x\n", "    if x is None:\n    " + raising + "    return 2 * x\n"), encoding="utf-8")
    assert "forward: forward" in run(capsys, done)[1]


def test_is_a_deleted_function_named(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Does the report say that a task's function is missing?"""
    (done / "coursenn/layers.py").write_text("def forward(x):\n    return 2 * x\n", encoding="utf-8")
    assert "backward: backward is no longer in coursenn/layers.py" in run(capsys, done)[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def forward(x)\n    return x\n", "coursenn/layers.py, line 1: expected ':'"),
        ("import nothing_like_this\n", "No module named 'nothing_like_this' (line 1 of layers.py)"),
        ("import os\nos._exit(7)\n", "its import ended the process (status 7)"),
        ("import time\ntime.sleep(60)\n", "did not end within 3 seconds"),
        (b"\xff\xfe\x00bad", "is not UTF-8"),
        (b"x = 1\x00", "layers.py"),
    ],
)
def test_is_a_file_that_does_not_import_shown_with_its_message(done: Path, text: str | bytes, message: str) -> None:
    """Does each failure give its own message, and is the file packed anyway?"""
    content = text.encode() if isinstance(text, str) else text
    (done / "coursenn/layers.py").write_bytes(content)
    submission = submit.prepare(done, timeout=3.0)
    report = submit.report(submission, done / "x.zip")
    assert "Does not import" in report
    assert message in report
    assert submission.files["coursenn/layers.py"] == content


def test_is_the_message_of_a_failing_import_whole_in_any_language(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the text of an error unchanged in a terminal that is limited to ASCII?"""
    (done / "coursenn/layers.py").write_text("raise ValueError('zu groß: ∂L/∂x')\n", encoding="utf-8")
    for name, value in {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}.items():
        monkeypatch.setenv(name, value)
    texts = [finding.text for finding in submit.prepare(done, seconds=0.0).findings]
    assert "coursenn/layers.py: ValueError: zu groß: ∂L/∂x (line 1 of layers.py)" in texts, texts


def test_is_a_file_with_another_name_imported_as_in_grading(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a file that a browser has numbered read and imported under its right name, but not a link?"""
    (done / "coursenn/layers.py").rename(done / "coursenn/layers (1).py")
    status, out, _ = run(capsys, done)
    assert status == 1
    assert "coursenn/layers (1).py was read as coursenn/layers.py" in out
    assert "Does not import" not in out
    (done / "elsewhere.txt").write_text("def forward(x): return x\n", encoding="utf-8")
    (done / "coursenn/layers (1).py").unlink()
    (done / "coursenn/layers.py").symlink_to(done / "elsewhere.txt")
    assert "coursenn/classifiers/nets.py: waits for coursenn/layers.py" in run(capsys, done)[1]


def test_are_imports_that_are_not_available_in_grading_named(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Are scipy and a student's own module named with their lines, but not numpy, the standard library and given modules?"""
    (done / "coursenn/mine.py").write_text("", encoding="utf-8")
    head = "import math\nimport numpy.linalg\nfrom coursenn import given\nfrom .given import VALUE\n"
    wrong = "try:\n    import scipy.signal\nexcept ImportError:\n    pass\nfrom coursenn.mine import *\nfrom .mine import *\n"
    file = done / "coursenn/layers.py"
    file.write_text(head + wrong + file.read_text("utf-8"), encoding="utf-8")
    out = run(capsys, done)[1]
    assert "scipy.signal, in coursenn/layers.py line 6" in out
    assert out.count("coursenn.mine, in coursenn/layers.py") == 2
    assert "coursenn/mine.py: not a file that is graded; move what you need of it into one that is" in out
    assert not any(word in out for word in ("math", "numpy.linalg", "given,", "coursenn.given"))


def test_is_a_file_that_hides_numpy_named(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a numpy.py next to the notebook reported?"""
    (done / "numpy.py").write_text("", encoding="utf-8")
    out = run(capsys, done)[1]
    assert "numpy.py hides the module numpy" in out


@pytest.mark.parametrize("answer", [PLACEHOLDER, "", " \n", f"\n{PLACEHOLDER}\n"])
def test_is_an_empty_answer_named(done: Path, answer: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Is an answer cell reported by its id if it is empty or contains only the placeholder?"""
    (done / "Book.ipynb").write_text(notebook(answer), encoding="utf-8")
    assert "why in Book.ipynb" in run(capsys, done)[1]


def test_does_the_checksum_of_nbgrader_identify_an_unchanged_answer(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a cell with the checksum of its released text reported as unanswered, but not after an edit?"""
    utils = pytest.importorskip("nbgrader.utils")
    node = nbformat.reads(notebook("Some other released text"), as_version=4)
    node.cells[1].metadata.nbgrader["checksum"] = utils.compute_checksum(node.cells[1])
    nbformat.write(node, done / "Book.ipynb")
    assert "why in Book.ipynb" in run(capsys, done)[1]
    node.cells[1].source += " and my answer"
    nbformat.write(node, done / "Book.ipynb")
    assert run(capsys, done)[0] == 0


def test_is_a_deleted_answer_cell_named(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a question without its cell reported?"""
    document = json.loads(notebook())
    document["cells"].pop()
    (done / "Book.ipynb").write_text(json.dumps(document), encoding="utf-8")
    assert "its cell is gone from Book.ipynb" in run(capsys, done)[1]


def test_is_an_unfinished_cell_named(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a code cell that still raises NotImplementedError reported?"""
    document = json.loads(notebook("Because."))
    document["cells"][0] |= {
        "metadata": {"nbgrader": {"grade_id": "overfit"}},
        "source": ['raise NotImplementedError("Cell overfit of notebook Book")'],
    }
    (done / "Book.ipynb").write_text(json.dumps(document), encoding="utf-8")
    assert "the cell overfit in Book.ipynb" in run(capsys, done)[1]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 3}', b"\xff", b'{"cells": [3]}', b"[" * 100_000])
def test_is_a_broken_notebook_packed_with_a_warning(done: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a damaged notebook packed as it is, with a message?"""
    (done / "Book.ipynb").write_bytes(content)
    status, out, _ = run(capsys, done)
    assert status == 1
    assert "Book.ipynb is not a readable notebook" in out
    with zipfile.ZipFile(done / submit.ZIP_NAME) as archive:
        assert archive.read("Book.ipynb") == content


def test_is_only_the_assignment_of_the_folder_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If the course has several assignments, are the tasks and notebooks of the others ignored?"""
    two = [{"name": "one", "notebooks": ["Book"]}, {"name": "two", "notebooks": ["Later"]}]
    work = make(tmp_path / "work", assignments=two)
    document = json.loads((work / "coursenn/tasks.json").read_text("utf-8"))
    for task in document["tasks"][1:]:
        task["notebook"] = "Later"
    (work / "coursenn/tasks.json").write_text(json.dumps(document), encoding="utf-8")
    out = run(capsys, work)[1]
    assert "forward: forward" in out
    assert not any(word in out for word in ("Later", "backward", "Net", "models"))


def test_are_refused_files_named_with_the_reason(done: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Are links, unknown names and files that are too large left out with a reason, and generated files without one?"""
    monkeypatch.setitem(limits.MAX_FILE_BYTES, ".npz", 3)
    (done / "coursenn/layers.py").rename(done / "elsewhere.txt")
    os.symlink(done / "elsewhere.txt", done / "coursenn/layers.py")
    (done / "models/other.npz").write_bytes(b"")
    (done / "models/README.txt").write_text("given", encoding="utf-8")
    (done / "Copy.ipynb").write_text(notebook(), encoding="utf-8")
    (done / "coursenn/__pycache__").mkdir()
    (done / "coursenn/__pycache__/layers.cpython-311.pyc").write_bytes(b"")
    status, out, _ = run(capsys, done)
    assert status == 1
    for text in (
        "models/best.npz: it is larger than 0 MB",
        "coursenn/layers.py: it is a link",
        "models/other.npz: not a file that is graded; the names are models/best.npz",
        "Copy.ipynb: not a file that is graded",
    ):
        assert text in out
    assert "pycache" not in out
    assert "README" not in out
    assert names(done / submit.ZIP_NAME) == ["Book.ipynb", "coursenn/classifiers/nets.py"]


def test_does_the_same_work_give_the_same_bytes(done: Path, tmp_path: Path) -> None:
    """Does a later copy in another folder give the same zip and receipt, and an edit a different receipt?"""
    copy = tmp_path / "elsewhere"
    shutil.copytree(done, copy)
    os.utime(copy / "coursenn/layers.py", (0, 0))
    (copy / "coursenn/layers.py").chmod(0o600)
    first, second = submit.collect(find_work(done)), submit.collect(find_work(copy))
    assert first.to_zip() == second.to_zip()
    assert first.receipt == second.receipt
    second.files["coursenn/layers.py"] += b"#"
    assert first.receipt != second.receipt


def test_is_the_previous_zip_kept(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Does packing again keep the previous zip, and refuse to replace a file that is not a submission?"""
    run(capsys, done)
    before = (done / submit.ZIP_NAME).read_bytes()
    (done / "models/best.npz").write_bytes(b"better")
    run(capsys, done)
    assert (done / "coursenn-submission-previous.zip").read_bytes() == before
    other = done / "thesis.zip"
    other.write_bytes(b"precious")
    status, _, error = run(capsys, done, "--output", other)
    assert status == 2
    assert "is not a submission" in error
    assert other.read_bytes() == b"precious"
    assert run(capsys, done, "--output", other, "--yes")[0] == 0
    assert zipfile.is_zipfile(other)


def test_is_an_unreadable_folder_named(done: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a folder that cannot be read give its name and the exit status 2, without a traceback?"""
    real = os.scandir

    def closed(path: object) -> object:
        if str(path).endswith("models"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)  # type: ignore[call-overload]

    monkeypatch.setattr(folders.os, "scandir", closed)
    status, _, error = run(capsys, done)
    assert (status, "models cannot be read (Permission denied)" in error) == (2, True)


def test_does_misuse_exit_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is the exit status 2, with advice, without a package, without a folder, and if the zip cannot be written?"""
    status, _, error = run(capsys, tmp_path)
    assert (status, "name the folder" in error) == (2, True)
    assert run(capsys, tmp_path / "none")[0] == 2
    work = make(tmp_path / "work")
    status, _, error = run(capsys, work, "--output", work / "Book.ipynb" / "x.zip")
    assert (status, "cannot be written" in error) == (2, True)
    (work / "coursenn/tasks.json").write_text("{", encoding="utf-8")
    assert find_work(work).tasks["editable"]  # the file of the running package


def test_is_the_work_found_from_each_place_of_the_public_tree(tmp_path: Path) -> None:
    """Are the same package and notebooks found from the notebooks' folder, from course/ and from the root?"""
    release = make(tmp_path / "release")
    course = tmp_path / "tree" / "course"
    (course / "notebooks").mkdir(parents=True)
    (course / "src").mkdir()
    (release / "coursenn").rename(course / "src" / "coursenn")
    (release / "Book.ipynb").rename(course / "notebooks" / "Book.ipynb")
    for place in (course / "notebooks", course, tmp_path / "tree"):
        found = find_work(place)
        assert found.package == course / "src" / "coursenn"
        assert found.folder == course / "notebooks"
    assert "Book.ipynb" in submit.collect(find_work(course)).files


def test_is_the_error_of_a_broken_file_reported_once(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Does the report say that files wait for a broken one that they import, without repeating its error?"""
    (done / "coursenn/layers.py").write_text("def forward(x:\n", encoding="utf-8")
    _, out, _ = run(capsys, done)
    assert "coursenn/layers.py, line 1: '(' was never closed" in out
    assert "coursenn/classifiers/nets.py: waits for coursenn/layers.py" in out
    assert out.count("was never closed") == 1


@pytest.mark.whole
@pytest.mark.parametrize("command", [["-m", "coursenn.submit"], ["coursenn/submit.py"]])
def test_does_packing_survive_files_that_hide_a_module(tmp_path: Path, reference: Path, command: list[str]) -> None:
    """Is the work packed, and numpy.py named, if random.py and numpy.py are next to the package?"""
    folder = tmp_path / "ein Kurs ü"
    shutil.copytree(reference / "coursenn", folder / "coursenn", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    for name in ("random.py", "numpy.py"):
        (folder / name).write_text("x = 1\n", encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    result = subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1, result.stderr
    assert "numpy.py hides the module numpy" in result.stdout
    assert "coursenn/layers.py" in names(folder / submit.ZIP_NAME)


def test_does_a_notebook_show_a_problem_without_a_traceback(tmp_path: Path) -> None:
    """If there is nothing to pack, does the last cell say what to do in one line?"""
    with pytest.raises(WorkError) as caught:
        submit.prepare(tmp_path)
    assert caught.value._render_traceback_()[0].startswith("Nothing was done: no coursenn/ in")
