"""Does a site that is built with a folder hold every file that the kernel loads?"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from autograder.practice.distribution import ENTRY, KERNEL, NOTEBOOKS, distribution_files
from autograder.practice.runtime import LOCK, RuntimeFilesError
from tests.autograder.practice.test_runtime import folder  # noqa: F401

DEPENDS = {"ipython": ["prompt_toolkit"], "prompt-toolkit": ["wcwidth"], "matplotlib": ["numpy"]}


@pytest.fixture
def distribution(folder: Path) -> Path:  # noqa: F811
    """The folder with a wheel for every package that is needed, and a lock file that lists one more package."""
    lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    for project in (*KERNEL, *NOTEBOOKS, "prompt-toolkit", "wcwidth", "scipy"):
        name = project.replace("-", "_")
        entry = {"name": name, "version": "2.0", "file_name": f"{name}-2.0-wasm32.whl", "sha256": "00" * 32}
        lock["packages"][project] = {**entry, "depends": DEPENDS.get(project, [])}
        if project != "scipy":
            (folder / f"{name}-2.0-wasm32.whl").write_bytes(project.encode())
    (folder / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    (folder / ENTRY).write_bytes(b"module")
    return folder


def test_the_lock_lists_the_packages_that_are_needed(distribution: Path) -> None:
    """Is every needed package listed with the hash of its file, dependencies included, and no other package?"""
    files = distribution_files(distribution)
    lock = json.loads(files[LOCK])
    assert set(lock["packages"]) == {*KERNEL, *NOTEBOOKS, "prompt-toolkit", "wcwidth"}
    for entry in lock["packages"].values():
        assert entry["sha256"] == hashlib.sha256(files[entry["file_name"]]).hexdigest()
    assert lock["info"] == {"python": "3.13.2"}
    assert "pyodide.js" not in files, "the kernel does not load it"


def test_another_version_is_listed(distribution: Path) -> None:
    """Does the lock name the wheel in the folder if its version differs?"""
    (distribution / "wcwidth-2.0-wasm32.whl").rename(distribution / "wcwidth-2.1-py3-none-any.whl")
    lock = json.loads(distribution_files(distribution)[LOCK])
    assert (lock["packages"]["wcwidth"]["file_name"], lock["packages"]["wcwidth"]["version"]) == ("wcwidth-2.1-py3-none-any.whl", "2.1")


def test_all_missing_files_are_named(distribution: Path) -> None:
    """Does one message name every missing file, and how to build without them?"""
    for name in ("prompt_toolkit-2.0-wasm32.whl", "matplotlib-2.0-wasm32.whl", ENTRY):
        (distribution / name).unlink()
    with pytest.raises(RuntimeFilesError, match=r"also needs matplotlib-2\.0\S*, prompt_toolkit-2\.0\S*, pyodide\.mjs: .* LITE=0"):
        distribution_files(distribution)
