"""Does `python -m coursenn.merge` add corrections and earlier work without changing what a student wrote?"""

from __future__ import annotations

import ast
import json
import zipfile
from pathlib import Path, PureWindowsPath

import pytest

from coursenn import merge
from coursenn._definitions import SourceFile
from tests.course.release_folder import DONE_FORWARD, LAYERS, NETS, STUB_FORWARD, finish, make, notebook

MINE = LAYERS.replace(STUB_FORWARD, DONE_FORWARD.rstrip("\n") + "  # mine, all mine\n\n\ndef my_helper():\n    return 3\n")

NEW_LAYERS = (
    LAYERS.replace('"""Gradient of forward."""', '"""Gradient of forward, explained better."""')
    .replace('"""Double x."""', '"""Double x, explained better."""')
    .replace("import numpy as np\n", "import math\n\nimport numpy as np\n\nEPS = 1e-5\n")
    .replace(
        "\n\ndef backward",
        '\n\ndef middle(x):\n    """New."""\n    raise NotImplementedError("Task middle (notebook Book)")\n\n\ndef backward',
    )
)
NEW_NETS = NETS.replace(
    "    def loss",
    '    def predict(self, x):\n        """New."""\n        raise NotImplementedError("Task net (notebook Book)")\n\n    def loss',
)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A student's folder with `forward` finished."""
    folder = make(tmp_path / "work")
    (folder / "coursenn/layers.py").write_text(MINE, encoding="utf-8")
    return folder


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A corrected release."""
    return make(tmp_path / "release", NEW_LAYERS, NEW_NETS, '"""Given, corrected."""\n\nVALUE = 2\n', version="2")


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = merge.main([str(a) for a in arguments])
    return status, *capsys.readouterr()


def text_of(source: str, name: str) -> str:
    file = SourceFile(source.encode(), "x")
    return "".join(file.text(file.definitions[name]))


def read(folder: Path, name: str = "layers.py") -> str:
    return (folder / "coursenn" / name).read_bytes().decode("utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_does_an_update_leave_edited_functions_unchanged(work: Path, release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Are edited functions unchanged, unedited stubs renewed, missing ones added, and given files replaced?"""
    status, out, _ = run(capsys, "update", release, work)
    assert status == 0, out
    merged = read(work)
    for kept in ("forward", "my_helper"):
        assert text_of(merged, kept) == text_of(MINE, kept)
    for renewed in ("backward", "middle"):
        assert text_of(merged, renewed) == text_of(NEW_LAYERS, renewed)
    assert list(SourceFile(merged.encode(), "x").definitions) == ["check_mode", "forward", "middle", "my_helper", "backward"]
    assert "import math\n" in merged
    assert "EPS = 1e-5\n" in merged
    assert read(work, "classifiers/nets.py") == NEW_NETS
    assert read(work, "given.py").endswith("VALUE = 2\n")
    assert json.loads(read(work, "tasks.json"))["version"] == "2"
    for said in ("layers.py: backward renewed", "layers.py: middle added", "nets.py: Net.predict added", "coursenn/given.py: replaced"):
        assert said in out
    assert "forward renewed" not in out


def test_are_replaced_files_kept(work: Path, release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is every replaced file in the dated folder, as it was?"""
    before = contents(work)
    run(capsys, "update", release, work)
    (backup,) = work.glob("before-update-*")
    kept = contents(backup)
    after = contents(work)
    assert set(kept) == {name for name, content in before.items() if after[name] != content}
    assert all(kept[name] == before[name] for name in kept)


def test_does_a_second_update_find_nothing_to_do(work: Path, release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Does the second of two equal updates change nothing and say so?"""
    run(capsys, "update", release, work)
    before = contents(work)
    status, out, _ = run(capsys, "update", release, work)
    assert (status, "nothing to do" in out) == (0, True)
    assert contents(work) == before


@pytest.mark.parametrize("verb", ["update", "carry"])
def test_does_a_dry_run_change_nothing(work: Path, release: Path, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Does --dry-run print the same changes and write nothing?"""
    other = release if verb == "update" else finish(release)
    before = contents(work)
    _, told, _ = run(capsys, verb, other, work, "--dry-run")
    assert contents(work) == before
    _, done, _ = run(capsys, verb, other, work)
    assert "Nothing was changed" in told
    assert [line for line in told.splitlines() if line.startswith("  coursenn")] == [
        line for line in done.splitlines() if line.startswith("  coursenn")
    ]


@pytest.mark.parametrize(
    "edited",
    [
        LAYERS.replace("    scale = 2.0\n", "    scale = 2.0\n    # first multiply, then ...\n"),
        LAYERS.replace("    scale = 2.0\n", "    scale = 2.0\n    half = dout / 2\n"),
        LAYERS.replace('"""Gradient of forward."""', '"""Gradient of forward. Note to self: chain rule."""'),
        LAYERS.replace("def backward(dout)", "def backward(dout, cache=None)"),
    ],
)
def test_does_the_smallest_edit_protect_a_stub(work: Path, release: Path, edited: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a stub unchanged if the student has added a comment, a statement, a note or an argument?"""
    (work / "coursenn/layers.py").write_text(edited, encoding="utf-8")
    run(capsys, "update", release, work)
    assert text_of(read(work), "backward") == text_of(edited, "backward")


def test_is_a_given_function_in_an_editable_file_renewed(work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a complete function of the release corrected if the student has not edited it?"""
    corrected = LAYERS.replace("raise ValueError(mode)", "raise ValueError(f'no mode {mode}')")
    run(capsys, "update", make(tmp_path / "release", corrected), work)
    assert "no mode" in read(work)


def test_is_an_update_careful_without_fingerprints(work: Path, release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a record of the released stubs, is a stub renewed only if the new one has all its statements and comments?"""
    recorded = json.loads(read(work, "tasks.json"))
    del recorded["stubs"]
    (work / "coursenn/tasks.json").write_text(json.dumps(recorded), encoding="utf-8")
    for given_part, renewed in (("scale = 2.0", True), ("# my plan", False), ("scale = 2.0\n    half = dout / 2", False)):
        edited = MINE.replace("scale = 2.0", given_part)
        (work / "coursenn/layers.py").write_text(edited, encoding="utf-8")
        (work / "coursenn/tasks.json").write_text(json.dumps(recorded), encoding="utf-8")
        run(capsys, "update", release, work)
        assert text_of(read(work), "backward") == text_of(NEW_LAYERS if renewed else edited, "backward")


def test_are_missing_files_and_definitions_added(work: Path, release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Are a deleted file, a deleted function and a deleted class restored?"""
    (work / "coursenn/layers.py").unlink()
    (work / "Book.ipynb").unlink()
    (work / "coursenn/classifiers/nets.py").write_text("import numpy as np\n", encoding="utf-8")
    status, out, _ = run(capsys, "update", release, work)
    assert status == 0, out
    assert read(work) == NEW_LAYERS
    nets = SourceFile(read(work, "classifiers/nets.py").encode(), "x")
    assert {"Net", "Net.loss", "Net.predict"} <= set(nets.definitions)
    assert {"NetImproved", "forward"} <= set(nets.bindings)
    compiled = [n.lineno for n in nets.tree.body if isinstance(n, ast.ClassDef | ast.Assign)]
    assert compiled == sorted(compiled), "the alias must be below its class"
    assert (work / "Book.ipynb").exists()


def test_is_a_students_notebook_kept(work: Path, release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a notebook with answers kept, and the corrected one stored for comparison?"""
    (work / "Book.ipynb").write_text(notebook("My answer"), encoding="utf-8")
    (release / "Book.ipynb").write_text(notebook(code="print(2)"), encoding="utf-8")
    _, out, _ = run(capsys, "update", release, work)
    assert "My answer" in (work / "Book.ipynb").read_text("utf-8")
    assert "yours is kept" in out
    (released,) = work.glob("before-update-*/Book.released.ipynb")
    assert "print(2)" in released.read_text("utf-8")


def test_are_files_next_to_the_notebooks_updated(work: Path, release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Are pictures and the README updated, and a student's weights and other files unchanged?"""
    for folder, content in ((work, b"old"), (release, b"new")):
        for name in ("README.md", "models/best.npz"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
    (release / "pictures").mkdir()
    (release / "pictures/graph.png").write_bytes(b"png")
    (work / "notes.md").write_bytes(b"mine")
    run(capsys, "update", release, work)
    assert (work / "README.md").read_bytes() == b"new"
    assert (work / "pictures/graph.png").read_bytes() == b"png"
    assert (work / "models/best.npz").read_bytes() == b"old"
    assert (work / "notes.md").read_bytes() == b"mine"


def test_do_outputs_not_count_as_a_difference(work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a notebook left out of the report if it was only run?"""
    document = json.loads(notebook())
    document["cells"][0] |= {"outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}], "execution_count": 1}
    (work / "Book.ipynb").write_text(json.dumps(document), encoding="utf-8")
    assert "Book.ipynb" not in run(capsys, "update", make(tmp_path / "same"), work)[1]


def test_is_a_corrected_description_of_an_edited_function_reported_once(
    work: Path, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Does only the first update say that the description of an edited function was corrected?"""
    said = "forward is yours and stays as it is, but its description was corrected"
    assert said in run(capsys, "update", release, work)[1]
    assert said not in run(capsys, "update", release, work)[1]


def test_is_the_same_state_kept_once(work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Does a second update say where the released notebook is, without making another copy?"""
    corrected = make(tmp_path / "corrected")
    (corrected / "Book.ipynb").write_text(notebook(code="print(2)"), encoding="utf-8")
    first = run(capsys, "update", corrected, work)[1]
    kept = [path.name for path in work.glob("before-update-*")]
    assert (len(kept), kept[0] in first) == (1, True)
    assert f"the released one is in {kept[0]}" in run(capsys, "update", corrected, work)[1]
    assert [path.name for path in work.glob("before-update-*")] == kept


def test_is_a_replaced_file_kept_under_its_name_in_the_course_on_windows() -> None:
    """Is the dated folder's name for a file right on a drive and in folders with spaces and Turkish letters?"""
    folder = PureWindowsPath("D:\\Ders \u0130\u0131\\klon\\course\\src")
    assert merge._below_package(folder / "coursenn" / "classifiers" / "fc_net.py") == ("classifiers", "fc_net.py")
    assert merge._below_package(folder / "README.md") == ("README.md",)


@pytest.mark.parametrize("place", ["course/src", "course/notebooks", "course", "."])
def test_is_a_clone_updated_where_its_files_are(place: str, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From any folder of a clone, and also from a zip of the public tree, is every file updated in its own folder?"""
    clone, flat = tmp_path / "clone", make(tmp_path / "flat")
    (clone / "course/src").mkdir(parents=True)
    (clone / "course/notebooks").mkdir()
    (flat / "coursenn").rename(clone / "course/src/coursenn")
    (clone / "course/README.md").write_text("old", encoding="utf-8")
    (release / "README.md").write_text("new", encoding="utf-8")
    archive = tmp_path / "layers-main.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for path in (p for p in release.rglob("*") if p.is_file()):
            name = path.relative_to(release).as_posix()
            inside = f"src/{name}" if name.startswith("coursenn/") else f"notebooks/{name}" if name.endswith(".ipynb") else name
            made.writestr(f"layers-main/course/{inside}", path.read_bytes())
    for source in (release, archive):
        assert run(capsys, "update", source, clone / place)[0] == 0
        assert (clone / "course/notebooks/Book.ipynb").exists()
        assert [p.name for p in (clone / "course/src").iterdir()] == ["coursenn"]
        assert "VALUE = 2" in read(clone / "course/src", "given.py")
    assert (clone / "course/README.md").read_text("utf-8") == "new"
    assert not (clone / "course/notebooks/README.md").exists()


@pytest.mark.parametrize("verb", ["update", "carry"])
def test_is_a_file_with_a_syntax_error_unchanged(work: Path, release: Path, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a broken file unchanged, with a message that names its line, while the others are updated?"""
    broken = MINE + "def broken(:\n"
    (work / "coursenn/layers.py").write_text(broken, encoding="utf-8")
    status, out, _ = run(capsys, verb, release if verb == "update" else finish(release), work)
    assert status == 1
    assert f"coursenn/layers.py, line {broken.count(chr(10))}" in out
    assert "left as it is" in out
    assert read(work) == broken
    assert "classifiers/nets.py: Net" in out


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_are_line_ends_and_byte_order_mark_kept(
    work: Path, release: Path, newline: str, bom: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """Does a file from a Windows editor keep its line ends, in new lines as well, and is an unedited stub recognised in it?"""
    (work / "coursenn/layers.py").write_bytes(bom + MINE.replace("\n", newline).encode())
    assert run(capsys, "update", release, work)[0] == 0
    content = (work / "coursenn/layers.py").read_bytes()
    assert content.startswith(bom + b'"""Layers')
    text = content.decode("utf-8-sig")
    assert text.count(newline) == text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert "Gradient of forward, explained better" in text


def test_is_the_mode_of_a_file_kept(work: Path, release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Does a replaced file keep its permissions, and is every temporary file gone?"""
    (work / "coursenn/layers.py").chmod(0o640)
    run(capsys, "update", release, work)
    assert (work / "coursenn/layers.py").stat().st_mode & 0o777 == 0o640
    assert not list(work.rglob(".*.py.*"))


def test_are_finished_functions_carried_forward(tmp_path: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Do functions from an earlier hand-in, a zip, replace stubs, but not finished work?"""
    old = finish(make(tmp_path / "old"))
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive:
        for name in ("coursenn/layers.py", "coursenn/classifiers/nets.py", "models/best.npz"):
            archive.write(old / name, f"hand-in/{name}")
    status, out, _ = run(capsys, "carry", tmp_path / "old.zip", work)
    assert status == 0, out
    assert text_of(read(work), "forward") == text_of(MINE, "forward")
    assert text_of(read(work), "backward") == text_of(read(old), "backward")
    assert read(work, "classifiers/nets.py") == read(old, "classifiers/nets.py")
    assert (work / "models/best.npz").read_bytes() == b"weights"
    assert "nets.py: Net.loss carried" in out


def test_are_helpers_and_imports_carried_along(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Are the helpers, constants and imports that a function needs carried with it, and nothing else?"""
    head = "import math\nimport os\nfrom itertools import chain, product as pairs\nimport numpy as np\n\nSCALE = math.sqrt(4)\n\n"
    helper = "def _twice(x):\n    return _scale() * x\n\n\ndef _scale():\n    return SCALE\n\n\ndef _unused():\n    return os\n\n\n"
    done = "def forward(x):\n    return [_twice(a * b) for a, b in pairs(x, x)]\n"
    old = make(tmp_path / "old")
    (old / "coursenn/layers.py").write_text(head + helper + done, encoding="utf-8")
    new = make(tmp_path / "new")
    status, out, _ = run(capsys, "carry", old, new)
    assert status == 0, out
    merged = read(new)
    for word in ("import math", "from itertools import product as pairs", "SCALE = math.sqrt(4)", "def _twice", "def _scale"):
        assert merged.count(word) == 1
    assert not any(word in merged for word in ("_unused", "import os", "chain"))
    space: dict[str, object] = {}
    exec(compile(merged, "merged", "exec"), space)
    assert space["forward"]([1, 2]) == [2.0, 4.0, 4.0, 8.0]  # type: ignore[operator]


def test_are_methods_that_a_method_needs_carried_along(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Are methods moved into a class with another indentation, with the helper methods they call and unchanged strings?"""
    done = (
        "import numpy as np\n\nfrom ..layers import *\n\n\nclass Net:\n  def __init__(self, size):\n    self.size = self._half(size)\n"
        '  def _half(self, n):\n    text = """a\n  b"""\n    return n / self._two(), text\n'
        "  @staticmethod\n  def _two():\n    # two\n    return 2\n"
    )
    old = make(tmp_path / "old")
    (old / "coursenn/classifiers/nets.py").write_text(done, encoding="utf-8")
    new = make(tmp_path / "new")
    assert run(capsys, "carry", old, new)[0] == 0
    merged = SourceFile(read(new, "classifiers/nets.py").encode(), "x")
    assert {"Net.__init__", "Net._half", "Net._two", "Net.loss"} <= set(merged.definitions)
    assert merged.definitions["Net.loss"].open_tasks == ("net", "net-again")
    space: dict[str, object] = {"__name__": "coursenn.classifiers.nets"}
    exec(compile(read(new, "classifiers/nets.py").replace("from ..layers import forward", ""), "merged", "exec"), space)
    assert space["Net"](8).size == (4.0, "a\n  b")  # type: ignore[operator]
    assert "    @staticmethod\n    def _two():\n      # two\n" in read(new, "classifiers/nets.py")


def test_is_unfinished_work_kept_by_a_carry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is a stub that the student has begun to fill kept, with a message?"""
    old = finish(make(tmp_path / "old"))
    new = make(tmp_path / "new")
    begun = LAYERS.replace("    scale = 2.0\n", "    scale = 2.0\n    g = dout * scale\n")
    (new / "coursenn/layers.py").write_text(begun, encoding="utf-8")
    _, out, _ = run(capsys, "carry", old, new)
    assert "backward was begun here and stays" in out
    assert text_of(read(new), "backward") == text_of(begun, "backward")
    assert text_of(read(new), "forward") == text_of(read(old), "forward")


def test_are_trained_weights_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Are weights that are already in the folder kept?"""
    old, new = finish(make(tmp_path / "old")), make(tmp_path / "new")
    (new / "models").mkdir()
    (new / "models/best.npz").write_bytes(b"newer")
    run(capsys, "carry", old, new)
    assert (new / "models/best.npz").read_bytes() == b"newer"


def test_does_misuse_exit_with_2(work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Do a missing source, a folder without a package, a damaged zip and the folder itself change nothing and exit with 2?"""
    (tmp_path / "empty").mkdir()
    (tmp_path / "no.zip").write_bytes(b"x")
    before = contents(work)
    for source in (tmp_path / "none", tmp_path / "empty", tmp_path / "no.zip", work):
        for verb in ("update", "carry"):
            status, _, error = run(capsys, verb, source, work)
            assert (status, bool(error)) == (2, True), source
    assert run(capsys, "carry", work, tmp_path / "empty")[0] == 2
    with pytest.raises(SystemExit) as exit_:
        merge.main(["no-such-verb"])
    assert exit_.value.code == 2
    assert contents(work) == before


def test_is_the_target_of_a_link_unchanged(work: Path, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is the update refused if an editable file is a link, so that the link's target is unchanged?"""
    elsewhere = tmp_path / "elsewhere.py"
    elsewhere.write_text(MINE, encoding="utf-8")
    (work / "coursenn/layers.py").unlink()
    (work / "coursenn/layers.py").symlink_to(elsewhere)
    status, _, error = run(capsys, "update", release, work)
    assert (status, "is a link" in error) == (2, True)
    assert elsewhere.read_text("utf-8") == MINE
