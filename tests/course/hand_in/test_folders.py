"""Is a folder read even if it is very large or contains links, pipes and closed folders?"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from autograder.given_module import given_module, hand_in
from tests.hand_ins import FULL, as_folder, read

folders = given_module("_hand_in.folders")


def test_an_environment_is_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Are virtual environments of any name skipped without being read or counted?"""
    root = as_folder(tmp_path / "s", FULL)
    names = [f"{place}/lib/python3.11/site-packages/m{n}/layers.py" for place in (".venv", "my env", "env") for n in range(30)]
    as_folder(root, dict.fromkeys([*names, "my env/pyvenv.cfg", "env/conda-meta/history"], b""))
    monkeypatch.setattr(hand_in.limits, "MAX_LOOKED_AT", 40)
    found = read(root)
    assert found.files == FULL
    assert (found.refused, found.notes) == ([], [])


class Item:
    """A replacement for one of very many entries of a folder."""

    def __init__(self, folder: str, name: str) -> None:
        self.name, self.path = name, f"{folder}/{name}"

    def is_dir(self, **_: bool) -> bool:
        return False

    def stat(self, **_: bool) -> os.stat_result:
        return os.stat_result((0o100644, *[0] * 9))


def test_a_million_files_do_not_hide_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the work found among a million files in the same folder, in seconds, and are the others counted?"""
    root = as_folder(tmp_path / "s", FULL)
    real, many = os.scandir, 1_000_000 if os.environ.get("COURSENN_PROVE") else 60_000

    class Listing:
        def __init__(self, path: Any) -> None:
            self.path, self.inner = str(path), real(path)

        def __enter__(self) -> Listing:
            return self

        def __exit__(self, *_: object) -> None:
            self.inner.close()

        def __iter__(self) -> Any:
            if self.path == str(root):
                yield from (Item(self.path, f"{n}.png") for n in range(many))
            yield from self.inner

    monkeypatch.setattr(folders.os, "scandir", Listing)
    started = time.process_time()
    found = read(root)
    assert time.process_time() - started < 30
    assert found.files == FULL
    assert found.refused == [f"{many - hand_in.limits.MAX_LISTED} more files: there is more than is looked at"]


def test_the_place_where_reading_ended_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If there are too many files, are the least deep ones read, and is the place named where reading ended?"""
    root = as_folder(tmp_path / "s", {**FULL, **{f"deep/er/{n}.bin": b"" for n in range(50)}})
    monkeypatch.setattr(hand_in.limits, "MAX_LOOKED_AT", 30)
    found = read(root)
    assert found.files == FULL
    assert found.refused == ["deep/er: there is more than is looked at"]


def test_a_closed_folder_does_not_affect_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a folder that cannot be read named, and are all others read?"""
    root = as_folder(tmp_path / "s", {**FULL, "closed/x.py": b""})
    real = os.scandir

    def closed(path: Any) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(folders.os, "scandir", closed)
    found = read(root)
    assert found.files == FULL
    assert found.refused == ["closed: this folder cannot be read"]


@pytest.mark.timeout(20)
def test_links_and_pipes_are_named_and_never_opened(tmp_path: Path) -> None:
    """Are links and pipes not opened, even if one replaces a file after the folder was listed?"""
    (tmp_path / "secret.py").write_text("secret = 1\n")
    root = as_folder(tmp_path / "s", {"coursenn/optim.py": b"x = 1\n", "coursenn/layer_utils.py": b"y = 1\n"})
    (root / "coursenn" / "layers.py").symlink_to(tmp_path / "secret.py")
    (root / "models").symlink_to(tmp_path)
    os.mkfifo(root / "Dropout.ipynb")
    with hand_in.open_entries(root) as entries:
        (root / "coursenn" / "layer_utils.py").unlink()
        (root / "coursenn" / "layer_utils.py").symlink_to(tmp_path / "secret.py")
        found = hand_in.read_hand_in(entries, hand_in.Rules(("layers.py", "layer_utils.py", "optim.py"), ("Dropout",)))
    assert found.files == {"coursenn/optim.py": b"x = 1\n"}
    assert found.refused == [
        "Dropout.ipynb: it is a device, a pipe or a socket",
        "coursenn/layer_utils.py: Too many levels of symbolic links",
        "coursenn/layers.py: it is a link, and links are not accepted",
        "models: it is a link, and links are not accepted",
    ]
