"""Which files of this machine does the sandbox get, and how are they found?"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.sandbox import interpreter


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder for this test only, and a process with nothing cached."""
    monkeypatch.setenv("COURSENN_CACHE_DIR", str(tmp_path))
    interpreter._shared_libraries.cache_clear()
    yield tmp_path
    interpreter._shared_libraries.cache_clear()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The command lines with which the loader was run."""
    calls: list[Any] = []
    run = subprocess.run

    def counted(command: list[str], **options: Any) -> Any:
        calls.append(command)
        return run(command, **options)

    monkeypatch.setattr(interpreter.subprocess, "run", counted)
    return calls


def again() -> tuple[str, ...]:
    """Return what another process on this machine would find."""
    interpreter._shared_libraries.cache_clear()
    return interpreter._shared_libraries()


def test_loader_is_asked_once_for_all_processes(asked: list[Any]) -> None:
    """Does a second process read the findings of the first, and are they the same?"""
    first = again()
    assert any("libc.so" in path for path in first)
    assert again() == first
    assert len(asked) == 1


def test_another_machine_is_asked_anew(asked: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Is a cached answer discarded if libraries were installed or another path is searched?"""
    again()
    (tmp_path / "ld.so.cache").write_text("new")
    monkeypatch.setattr(interpreter, "LOADER_CACHE", str(tmp_path / "ld.so.cache"))
    again()
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nowhere")
    again()
    assert len(asked) == 3


@pytest.mark.parametrize("damage", ["", "{", "[]", "7", '["/nowhere/libc.so"]', "[1, 2]"])
def test_damaged_answer_is_asked_for_again(cache: Path, asked: list[Any], damage: str) -> None:
    """Is a cached answer that is truncated, or names a missing library, replaced by a right one?"""
    first = again()
    kept = next(cache.glob("libraries-*.json"))
    kept.write_text(damage)
    assert again() == first
    assert json.loads(kept.read_text()) == list(first)
    assert len(asked) == 2


def test_cache_that_cannot_be_written_costs_only_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Is grading possible if nothing can be cached?"""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSENN_CACHE_DIR", str(tmp_path / "file"))
    assert again()
