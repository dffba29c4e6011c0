"""Are the wheel and the source distribution of the student package complete, and free of the instructors' files?"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from autograder.publish.distribution import DistributionError, build, look_into, main

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Both distributions, which tests must not change."""
    pytest.importorskip("Cython")
    return build(tmp_path_factory.mktemp("dist"))


def test_both_are_complete(built: tuple[Path, Path]) -> None:
    """Do both have all files, metadata that a package index accepts, and the version of the manifest?"""
    look_into(*built)


def test_missing_and_private_files_are_found(built: tuple[Path, Path], tmp_path: Path) -> None:
    """Is a wheel refused if it lacks a file or contains one of the instructors'?"""
    source, wheel = built
    copy = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            if name != "coursenn/solver.py":
                new.writestr(name, old.read(name))
    with pytest.raises(DistributionError, match=r"lacks coursenn/solver\.py"):
        look_into(source, copy)
    shutil.copy(wheel, copy)
    with zipfile.ZipFile(copy, "a") as more:
        more.writestr("coursenn/solutions.py", "")
    with pytest.raises(DistributionError, match=r"coursenn/solutions\.py must not leave"):
        look_into(source, copy)


def test_they_install_with_and_without_a_compiler(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Does the command of `make dist` succeed, with the compiled layers if there is a compiler and without them if not?"""
    pytest.importorskip("Cython")
    assert main([str(tmp_path / "dist"), "--offline"]) == 0
    said = capsys.readouterr().out
    has_compiler = bool(shutil.which("cc") or shutil.which("gcc") or shutil.which("clang"))
    assert said.count("the compiled layers work") == 2 * has_compiler
    assert "without a compiler: the compiled layers are left out" in said
