"""Does `make setup` say what a machine lacks, and never more than it should do?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograder import machine

SCRIPT = Path(machine.__file__)


def test_a_new_enough_python_passes() -> None:
    """Does the check of the interpreter accept this one, without anything installed?"""
    done = subprocess.run([sys.executable, "-I", "-S", str(SCRIPT), "--check-python"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_old_python_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Does an interpreter that is too old get the command that names another?"""
    monkeypatch.setattr(machine.sys, "version_info", (3, 9, 0))
    assert machine.check_python() == 2
    assert "make PYTHON=" in capsys.readouterr().out


def test_a_missing_sandbox_names_one_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Is the cure printed, and nothing installed, on a machine that is somebody's own?"""
    ran: list[object] = []
    monkeypatch.setattr(machine.shutil, "which", lambda name: "/usr/bin/dnf" if name == "dnf" else None)
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(machine.subprocess, "run", lambda *a, **k: ran.append(a))
    machine.provide(["bwrap"], install=False)
    assert "sudo dnf install -y bubblewrap" in capsys.readouterr().out
    assert not ran


def test_a_failing_package_manager_does_not_fail_the_setup(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Does the set-up go on when the package cannot be installed?"""
    monkeypatch.setattr(machine.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(machine.os, "geteuid", lambda: 0)
    ran: list[list[str]] = []
    monkeypatch.setattr(machine.subprocess, "run", lambda step, **k: ran.append(step) or subprocess.CompletedProcess(step, 100))
    machine.provide(["chromium", "bwrap"], install=True)
    assert "going on without" in capsys.readouterr().out
    # What one package lacks does not keep the other away.
    assert [step[-1] for step in ran] == ["update", "chromium", "bubblewrap"]


def test_any_browser_will_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Is nothing asked of a machine that has Chrome instead of Chromium?"""
    monkeypatch.setattr(machine.shutil, "which", lambda name: name if name in ("bwrap", "google-chrome") else None)
    monkeypatch.setattr(machine.sys, "argv", ["machine"])
    assert machine.main() == 0
    assert not capsys.readouterr().out
