"""Can work be saved and restored on a machine that forgets it, as Colab does?"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from coursenn import submit
from coursenn._work_folder import WorkError, find_work
from tests.course.release_folder import LAYERS, NETS, finish, make, notebook


@pytest.fixture
def done(tmp_path: Path) -> Path:
    """A release with all work finished."""
    return finish(make(tmp_path / "work"))


def test_does_restoring_bring_the_work_back(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Does a zip restore the work in a new folder, and are the files that it replaces kept?"""
    monkeypatch.chdir(done)
    saved = submit.save_work(tmp_path / "save.zip")
    fresh = make(tmp_path / "fresh")
    (fresh / "coursenn/layers.py").write_text(LAYERS + "# begun here\n", encoding="utf-8")
    monkeypatch.chdir(fresh)
    restored = submit.restore_work(saved)
    assert set(restored) == {"coursenn/layers.py", "coursenn/classifiers/nets.py", "Book.ipynb", "models/best.npz"}
    assert submit.collect(find_work(fresh)).files == submit.collect(find_work(done)).files
    (kept,) = fresh.glob("before-restore-*/coursenn/layers.py")
    assert kept.read_text("utf-8").endswith("# begun here\n")
    assert submit.restore_work(saved) == []
    assert (fresh / "coursenn/given.py").exists()


@pytest.mark.parametrize("content", [b"not a zip", b"PK\x03\x04 incomplete", b"\x1f\x8b\x08 incomplete"])
def test_is_a_damaged_zip_refused(done: Path, tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does restoring from a damaged or missing zip say so and change nothing?"""
    monkeypatch.chdir(done)
    before = submit.collect(find_work(done)).files
    (tmp_path / "bad.zip").write_bytes(content)
    with pytest.raises(WorkError, match=r"bad\.zip: it is not a"):
        submit.restore_work(tmp_path / "bad.zip")
    with pytest.raises(WorkError, match="there is no such file"):
        submit.restore_work(tmp_path / "none.zip")
    with pytest.raises(WorkError, match="name the zip"):
        submit.restore_work()
    assert submit.collect(find_work(done)).files == before


def test_does_a_zip_that_points_outside_stay_inside(done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Are links, absolute names and names with .. skipped?"""
    target = tmp_path / "evil.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("../escaped.py", "x")
        archive.writestr("/absolute.py", "x")
        link = zipfile.ZipInfo("coursenn/layers.py")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("coursenn/classifiers/nets.py", NETS)
    monkeypatch.chdir(done)
    assert submit.restore_work(target) == ["coursenn/classifiers/nets.py"]
    assert not (tmp_path / "escaped.py").exists()


class Colab:
    """A replacement for Colab's modules that records the downloads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, document: object) -> None:
        self.downloads: list[str] = []
        modules = {name: ModuleType(name) for name in ("google", "google.colab", "google.colab.files", "google.colab._message")}
        modules["google.colab"].files = modules["google.colab.files"]  # type: ignore[attr-defined]
        modules["google.colab"]._message = modules["google.colab._message"]  # type: ignore[attr-defined]
        modules["google.colab.files"].download = self.downloads.append  # type: ignore[attr-defined]
        modules["google.colab.files"].upload = dict  # type: ignore[attr-defined]
        modules["google.colab._message"].blocking_request = lambda *_, **__: document  # type: ignore[attr-defined]
        for name, module in modules.items():
            monkeypatch.setitem(sys.modules, name, module)


def test_does_colab_provide_the_open_notebook(done: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On Colab, where the open notebook is not a file, is it in the zip, and is the zip downloaded?"""
    document = json.loads(notebook("From the browser"))
    document["metadata"] = {"coursenn": {"notebook": "Book"}}
    colab = Colab(monkeypatch, {"ipynb": document})
    monkeypatch.chdir(done)
    path = submit.submit()
    assert colab.downloads == [str(path)]
    with zipfile.ZipFile(path) as archive:
        assert "From the browser" in archive.read("Book.ipynb").decode()


@pytest.mark.parametrize("document", [None, {"ipynb": {"metadata": {"coursenn": {"notebook": "../../Else"}}}}])
def test_is_the_rest_packed_if_colab_does_not_provide_the_notebook(
    done: Path, document: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is the rest packed, and does a message say so?"""
    colab = Colab(monkeypatch, document)
    monkeypatch.chdir(done)
    path = submit.save_work()
    assert "did not hand over" in capsys.readouterr().out
    assert colab.downloads == [str(path)]
    with pytest.raises(WorkError, match="no file was chosen"):
        submit.restore_work()
