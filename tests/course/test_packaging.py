"""Can the student package be installed with and without a compiler, and with and without Cython?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
COURSE = REPOSITORY / "course"
pytestmark = pytest.mark.skipif(not find_spec("setuptools"), reason="setuptools is missing: run `make setup`")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the files that the build reads, without those that earlier builds wrote."""
    copy = tmp_path / "course"
    copy.mkdir()
    for name in ("pyproject.toml", "setup.py", "README.md"):
        shutil.copy(COURSE / name, copy)
    shutil.copytree(COURSE / "src", copy / "src", ignore=shutil.ignore_patterns("*.so", "*.pyd", "*.c", "__pycache__", "*.egg-info"))
    return copy


def build(tree: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=tree, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def extensions(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("fast_cython*") if p.name.endswith(tuple(EXTENSION_SUFFIXES))]


def test_does_the_build_continue_if_the_compiler_fails(tree: Path) -> None:
    """Is the exit status 0, with no extension built, if the compiler always fails?"""
    result = build(tree, "setup.py", "-q", "build_ext", "--inplace", CC="/bin/false")
    assert result.returncode == 0, result.stderr
    assert extensions(tree) == []


@pytest.mark.skipif(os.name == "nt", reason="the path of the compiler is one of Unix")
def test_does_the_build_continue_without_a_compiler(tree: Path) -> None:
    """Is the exit status 0 if there is no compiler?"""
    result = build(tree, "setup.py", "-q", "build_ext", "--inplace", CC="/no/such/compiler")
    assert result.returncode == 0, result.stderr
    assert extensions(tree) == []


def test_does_the_build_continue_without_cython(tree: Path) -> None:
    """Does the build report a missing Cython and still succeed?"""
    hide = "import sys, runpy; sys.modules['Cython'] = None; sys.argv = ['setup.py', '-q', 'build_ext', '--inplace'];"
    result = build(tree, "-c", f"{hide} runpy.run_path('setup.py')")
    assert result.returncode == 0, result.stderr
    assert "Cython is missing" in result.stdout
    assert extensions(tree) == []


def test_does_the_build_continue_if_cython_fails(tree: Path) -> None:
    """If Cython refuses a source, does the build succeed without the extension?"""
    (tree / "src/coursenn/fast_cython.pyx").write_text("cdef nonsense(\n", encoding="utf-8")
    result = build(tree, "setup.py", "-q", "build_ext", "--inplace")
    assert result.returncode == 0, result.stderr
    assert extensions(tree) == []


def test_does_the_package_need_only_numpy() -> None:
    """Does the package have the manifest's name, and is numpy its only dependency?"""
    import tomllib

    project = tomllib.loads((COURSE / "pyproject.toml").read_text("utf-8"))["project"]
    manifest = tomllib.loads((COURSE / "course.toml").read_text("utf-8"))["course"]
    assert project["name"] == manifest["name"]
    assert [d.partition(">")[0] for d in project["dependencies"]] == ["numpy"]


@pytest.mark.slow
@pytest.mark.parametrize("compiler", [None, "/bin/false"])
def test_is_a_wheel_complete(tree: Path, tmp_path: Path, compiler: str | None) -> None:
    """Does a wheel contain every module, the sources of the extension, tasks.json and, with a compiler, the extension?"""
    pytest.importorskip("Cython")
    environment = {"CC": compiler} if compiler else {}
    wheel = build(tree, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path / "out"), ".", **environment)
    assert wheel.returncode == 0, wheel.stderr
    (built,) = (tmp_path / "out").glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        names = set(archive.namelist())
    package = tree / "src" / "coursenn"
    expected = {f"coursenn/{p.relative_to(package).as_posix()}" for p in package.rglob("*") if p.suffix in {".py", ".pyx", ".h", ".json"}}
    assert expected <= names
    compiled = [n for n in names if n.endswith(tuple(EXTENSION_SUFFIXES))]
    assert bool(compiled) == (compiler is None and bool(shutil.which("cc") or shutil.which("gcc")))
    assert not any("solution" in n for n in names)


@pytest.mark.slow
@pytest.mark.parametrize("options", [("-e",), ()])
@pytest.mark.parametrize("compiler", [None, "/bin/false"])
def test_does_pip_install_the_package(tree: Path, tmp_path: Path, options: tuple[str, ...], compiler: str | None) -> None:
    """Do `pip install course` and `pip install -e course` give an importable package, with and without a compiler?"""
    pytest.importorskip("Cython")
    venv.create(tmp_path / "env", with_pip=False, symlinks=os.name != "nt")
    python = tmp_path / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    environment = {"CC": compiler} if compiler else {}
    # The new environment uses the build tools and numpy of this one, so that nothing is downloaded.
    site = next(p for p in sys.path if p.endswith("site-packages"))
    install = ("-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-build-isolation", *options, ".")
    result = build(tree, *install, PYTHONPATH=site, **environment)
    assert result.returncode == 0, result.stderr
    script = (
        "import numpy as np, coursenn.fast_layers as f, coursenn._extension as m;"
        "out, _ = f.conv_forward_fast(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), np.zeros(1), dict(stride=1, pad=0));"
        "print(out.sum(), m.extension(out.dtype) is not None)"
    )
    used = subprocess.run([str(python), "-c", script], cwd=tmp_path, env={"PYTHONPATH": site}, capture_output=True, text=True, check=False)
    assert used.returncode == 0, used.stderr
    has_compiler = compiler is None and bool(shutil.which("cc") or shutil.which("gcc"))
    assert used.stdout.splitlines()[-1].split() == ["16.0", str(has_compiler)]
