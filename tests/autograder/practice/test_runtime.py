"""Does the browser get only the pinned version of Python?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.practice import runtime
from autograder.practice.runtime import CORE, RuntimeFilesError, local_runtime, public_runtime


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A minimal unpacked npm package, which is also the pinned one."""
    for name in CORE:
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "package.json").write_text('{"version": "1.2.3"}')
    numpy = {"file_name": "numpy-2.0-wasm32.whl", "version": "2.0", "sha256": "00" * 32}
    (tmp_path / "pyodide-lock.json").write_text(json.dumps({"info": {"python": "3.13.2"}, "packages": {"numpy": numpy}}))
    (tmp_path / numpy["file_name"]).write_bytes(b"a wheel of another build")
    pinned = tmp_path / "runtime.json"
    pinned.write_text(json.dumps(runtime.pin(tmp_path)))
    monkeypatch.setattr(runtime, "PINNED", pinned)
    return tmp_path


def test_every_file_has_a_pinned_version_and_a_hash() -> None:
    """Does each file from the web have an address with the version, a hash and a size?"""
    settings = public_runtime().settings
    assert {entry["name"] for entry in settings["files"]} > set(CORE)
    for entry in settings["files"]:
        assert settings["version"] in entry["address"]
        assert entry["integrity"].startswith("sha256-")
        assert entry["bytes"] > 0
    assert not public_runtime().files


def test_a_site_can_hold_the_files_itself(folder: Path) -> None:
    """Does a site that is built with a folder load Python from no other host?"""
    found = local_runtime(folder)
    assert {entry["address"] for entry in found.settings["files"]} == set(found.files)
    assert not any("//" in entry["address"] for entry in found.settings["files"])
    assert found.files["pyodide/numpy-2.0-wasm32.whl"] == b"a wheel of another build"


def test_an_incomplete_folder_is_refused(folder: Path) -> None:
    """Does the message say which file is missing and what to do?"""
    (folder / "python_stdlib.zip").unlink()
    with pytest.raises(RuntimeFilesError, match=r"holds no python_stdlib\.zip: unpack npm's pyodide 1\.2\.3"):
        local_runtime(folder)


def test_another_version_of_the_core_is_refused(folder: Path) -> None:
    """Is a file refused if it belongs to another version of Pyodide?"""
    (folder / "pyodide.asm.js").write_bytes(b"other")
    with pytest.raises(RuntimeFilesError, match=r"pyodide\.asm\.js does not belong to Pyodide 1\.2\.3"):
        local_runtime(folder)
