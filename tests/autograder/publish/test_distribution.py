"""Are the wheel and the source distribution of the student package complete, and free of instructors' files?"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from autograder.publish.distribution import DistributionError, build, look_into, main

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source distribution and the wheel, which tests must not change."""
    pytest.importorskip("Cython")
    return build(tmp_path_factory.mktemp("dist"))


def test_both_distributions_are_complete(built: tuple[Path, Path]) -> None:
    """Do they have all files, valid metadata and the version from the manifest?"""
    look_into(*built)


def test_missing_and_additional_files_are_found(built: tuple[Path, Path], tmp_path: Path) -> None:
    """Is a wheel refused if a file is missing, or if it holds a file for instructors?"""
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


def test_both_install_with_and_without_a_compiler(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Does the command of `make dist` install both, with the compiled layers only if there is a compiler?"""
    pytest.importorskip("Cython")
    assert main([str(tmp_path / "dist"), "--offline"]) == 0
    said = capsys.readouterr().out
    has_compiler = bool(shutil.which("cc") or shutil.which("gcc") or shutil.which("clang"))
    assert said.count("the compiled layers work") == 2 * has_compiler
    assert "without a compiler: the compiled layers are left out" in said
