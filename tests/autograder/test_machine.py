"""Does `make setup` say what a machine lacks, and install only what it may?"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import machine

SCRIPT = Path(machine.__file__)


def test_a_new_enough_python_passes() -> None:
    """Does the check of the interpreter accept this one, with nothing installed?"""
    done = subprocess.run([sys.executable, "-I", "-S", str(SCRIPT), "check-python"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_old_python_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Does the message for an old interpreter give the command that names another one?"""
    monkeypatch.setattr(machine.sys, "version_info", (3, 9, 0))
    assert machine.check_python(install=False) == 2
    assert "make PYTHON=" in capsys.readouterr().out


def test_an_old_python_can_read_the_script() -> None:
    """Can an interpreter that is too old parse the script, so that the script can say so?"""
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))
    with pytest.raises(SyntaxError):
        ast.parse("(x := 1)", feature_version=(3, 7))


def test_a_missing_sandbox_names_one_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a user's own machine, is the command printed and nothing installed?"""
    ran: list[object] = []
    monkeypatch.setattr(machine.shutil, "which", lambda name: "/usr/bin/dnf" if name == "dnf" else None)
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(machine.subprocess, "run", lambda *a, **k: ran.append(a))
    machine.provide(["bwrap"], install=False)
    assert "sudo dnf install -y bubblewrap" in capsys.readouterr().out
    assert not ran


def test_a_failing_package_manager_does_not_fail_the_setup(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Does the set-up continue if a package cannot be installed?"""
    monkeypatch.setattr(machine.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(machine.os, "geteuid", lambda: 0)
    ran: list[list[str]] = []
    monkeypatch.setattr(
        machine.subprocess, "run", lambda step, **k: ran.append(step) or subprocess.CompletedProcess(step, 100, "E: no such")
    )
    machine.provide(["chromium", "bwrap"], install=True)
    told = capsys.readouterr().out
    assert "going on without" in told
    assert "E: no such" in told
    # One package that fails does not prevent the other from being installed.
    assert [step[-1] for step in ran] == ["update", "chromium", "bubblewrap"]


def test_chrome_replaces_chromium(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Does a machine with Chrome instead of Chromium need nothing else?"""
    monkeypatch.setattr(machine.shutil, "which", lambda name: name if name in ("bwrap", "google-chrome") else None)
    assert machine.check_system(install=False, say=False) == 0
    assert not capsys.readouterr().out
    assert machine.check_system(install=False, say=True) == 0
    assert capsys.readouterr().out == "setup: the sandbox and the browser are installed\n"


def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Does Debian without its venv package produce one sentence instead of a traceback?"""
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr(machine.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    assert machine.check_python(install=False) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("setup: python3 -m venv does not work here: run apt-get install python3")
    assert line.endswith("-venv")


def test_a_throw_away_machine_gets_venv(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a throw-away machine, is the package installed and the interpreter tried again?"""
    answers = iter([False, True])
    monkeypatch.setattr(machine, "makes_environments", lambda: next(answers))
    monkeypatch.setattr(machine.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(machine.os, "geteuid", lambda: 0)
    ran: list[list[str]] = []
    monkeypatch.setattr(machine.subprocess, "run", lambda step, **k: ran.append(step) or subprocess.CompletedProcess(step, 0, ""))
    assert machine.check_python(install=True) == 0
    assert ran[-1][:3] == ["apt-get", "install", "-y"]
    assert ran[-1][3].endswith("-venv")


class Commands:
    """A substitute for venv and pip that writes what they would write, and fails on request."""

    def __init__(self, folder: Path, fails: str = "") -> None:
        self.folder, self.fails, self.ran = folder, fails, []

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.ran.append(command)
        if "venv" in command:
            (self.folder / "lib/python3.11/site-packages/numpy-2.dist-info").mkdir(parents=True, exist_ok=True)
            (self.folder / "pyvenv.cfg").write_text(f"version = {machine._version()}\n")
        failed = bool(self.fails) and self.fails in command
        return subprocess.CompletedProcess(
            command, int(failed), "a warning of pip's\nERROR: no such version\n" if failed else "a warning of pip's\n"
        )


def test_set_up_says_one_line_for_each_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Does a set-up print its steps, send the output of pip to the log, and pass the lock to each run of pip?"""
    commands = Commands(tmp_path / "env")
    monkeypatch.setattr(machine.subprocess, "run", commands)
    assert machine.make_environment(tmp_path / "env", ["--editable .[dev,book]", "--no-deps course"], Path("constraints.txt")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("setup: ") for line in lines)
    assert "has 1 packages" in lines[-1]
    assert (tmp_path / "env" / machine.LOG).read_text().count("a warning of pip's") == 2
    pip = [command for command in commands.ran if "pip" in command]
    assert [command[-4:] for command in pip] == [
        ["--constraint", "constraints.txt", "--editable", ".[dev,book]"],
        ["--constraint", "constraints.txt", "--no-deps", "course"],
    ]
    # Pip does not compile what it installs last, since that would take one core.
    assert ["--no-compile" in command for command in pip] == [False, True]
    assert commands.ran[-1][1:3] == ["-m", "compileall"]


def test_a_failed_set_up_shows_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Are the end of pip's output and the path of the full log printed, and is the next step skipped?"""
    commands = Commands(tmp_path / "env", fails="numpy")
    monkeypatch.setattr(machine.subprocess, "run", commands)
    assert machine.make_environment(tmp_path / "env", ["numpy", "course"], Path("constraints.txt")) == 1
    told = capsys.readouterr().out
    assert "ERROR: no such version" in told
    assert str(tmp_path / "env" / machine.LOG) in told
    assert not any("course" in command for command in commands.ran)


@pytest.mark.parametrize("fails", ["", "numpy", "course"])
def test_two_runs_at_the_same_time(fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Does the run beside the last one get the lock, go into the log, and make the set-up fail when it fails?"""
    commands = Commands(tmp_path / "env", fails)
    monkeypatch.setattr(machine.subprocess, "run", commands)
    assert machine.make_environment(tmp_path / "env", ["pip", "numpy"], Path("constraints.txt"), "course") == bool(fails)
    log = (tmp_path / "env" / machine.LOG).read_text()
    assert all(f"--constraint constraints.txt {name}\n" in log for name in ("pip", "numpy", "course"))
    assert capsys.readouterr().out.count("ERROR: no such version") == bool(fails)


def test_everything_but_tests_is_compiled() -> None:
    """Are files compiled unless they are in a package's folder of tests, also when the environment itself is below such a folder?"""
    tests = re.compile(machine.TESTS)
    assert tests.search("/home/ada/.venv/lib/python3.11/site-packages/numpy/tests/test_all.py")
    assert not tests.search("/home/ada/tests/.venv/lib/python3.11/site-packages/numpy/testing/overrides.py")


def test_an_environment_of_another_python_is_recreated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is an environment cleared if it belongs to another Python, and kept if the Python is the same?"""
    commands = Commands(tmp_path)
    monkeypatch.setattr(machine.subprocess, "run", commands)
    for version, cleared in (("3.1.4", True), (machine._version(), False)):
        (tmp_path / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}\n")
        commands.ran.clear()
        machine.make_environment(tmp_path, ["numpy"], Path("constraints.txt"))
        assert ("--clear" in commands.ran[0]) == cleared


def write_python(path: Path, prints: str) -> Path:
    """Write a program that answers like an interpreter when asked for its version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {prints}\n")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name == "nt", reason="writes programs for a Unix shell")
def test_the_oldest_python_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Is the oldest Python that the course supports found, and not a pre-release, a broken one or an environment?"""
    write_python(tmp_path / "path/python3.13", "3 13 0 final True")
    write_python(tmp_path / "path/python3.10", "3 10 9 final True")
    write_python(tmp_path / "path/python3.11", "3 11 0 candidate True")
    write_python(tmp_path / "path/python3", "3 11 0 final False")
    write_python(tmp_path / "path/python3-config", "3 11 0 final True")
    write_python(tmp_path / "path/python3.12", "3 11 0 final True; exit 1")
    oldest = write_python(tmp_path / "pyenv/versions/3.11.1/bin/python3", "3 11 1 final True")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    found = list(machine.interpreters())
    monkeypatch.setattr(machine, "interpreters", lambda: (path for path in found if tmp_path in path.parents))
    assert machine.print_oldest() == 0
    assert capsys.readouterr().out.strip() == str(oldest)
