"""Does `python -m coursenn build` build the extension, and never spoil a loaded one?"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.course.finished_folder import python


@pytest.mark.slow
def test_is_the_extension_built_in_a_released_folder(folder: Path) -> None:
    """Does `build` build an extension that loads, and say so if the compiler fails?"""
    (folder / "numpy.py").unlink()
    failed = python(folder, "-m", "coursenn", "build", CC="/bin/false")
    assert failed.returncode == 1
    assert "Everything works without" in failed.stdout
    built = python(folder, "-m", "coursenn", "build")
    if shutil.which("cc"):
        assert (built.returncode, "is built. Restart" in built.stdout) == (0, True), built.stdout + built.stderr


def test_does_a_build_leave_a_loaded_extension_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Does a kernel keep the extension that it has loaded, and is there a message if the system refuses to replace it?"""
    build = pytest.importorskip("coursenn._build", reason="setuptools is not installed")
    old = tmp_path / "fast_cython.so"
    old.write_bytes(b"old")

    def compiled(made: Any, _: str) -> None:
        folder = Path(made.get_command_obj("build_ext").build_lib)
        folder.mkdir()
        (folder / "fast_cython.so").write_bytes(b"new")

    monkeypatch.setattr(build, "extensions", lambda *_: ["one"])
    monkeypatch.setattr(build.Distribution, "run_command", compiled)
    with old.open("rb") as loaded:
        build.build(tmp_path)
        assert (loaded.read(), old.read_bytes()) == (b"old", b"new")

    def refuse(source: str, target: Path) -> None:
        raise PermissionError(13, "Permission denied", str(source), None, str(target))

    monkeypatch.setattr(os, "replace", refuse)
    capsys.readouterr()
    assert build.build(tmp_path) == 1
    assert capsys.readouterr().out == f"{old} cannot be replaced (Permission denied): shut down all kernels and run this again.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["fast_cython.so"]
