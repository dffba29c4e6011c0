"""Does `nbgrader submit` work from the folder that the student's README describes, with what students have in it?"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.paths import REPOSITORY
from autograder.workspace.workspace import Workspace

ENVIRONMENT = re.compile(r"^python3 -m venv (\S+)", re.MULTILINE)
SETTINGS = re.compile(r"these lines in their `nbgrader_config\.py`:\n\n```python\n(.*?)```", re.DOTALL)
MEGABYTE = 1_000_000


def environment(place: Path) -> None:
    """Write files with the apparent size of an environment with Jupyter that take no space on the disk."""
    for number in range(7):
        path = place / "lib" / "python3.11" / "site-packages" / f"part{number}.so"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(80 * MEGABYTE)
    (place / "pyvenv.cfg").write_text("home = /usr/bin\n")


def submit(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, as a student would."""
    command = [sys.executable, "-m", "nbgrader", "submit", "first", "--student=jdoe", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def handed_in(exchange: Path) -> list[str]:
    """Return the files that reached the exchange."""
    (only,) = (exchange / "small" / "inbound").iterdir()
    return sorted(p.relative_to(only).as_posix() for p in only.rglob("*") if p.is_file())


@pytest.fixture
def folder(workspace: Workspace, tmp_path: Path) -> Path:
    """A student's folder with the assignment in it."""
    shutil.copytree(workspace.released("first"), tmp_path / "student" / "first")
    return tmp_path / "student"


@pytest.mark.slow
@pytest.mark.parametrize("page", ["course/README.md", "autograder/generate/public_readme.md"])
def test_the_environment_of_the_readme_is_not_in_the_way(workspace: Workspace, folder: Path, page: str) -> None:
    """With the environment where the README puts it and no settings, is the work handed in without the environment?"""
    (place,) = ENVIRONMENT.findall((REPOSITORY / page).read_text(encoding="utf-8"))
    environment(folder / "first" / place)
    done = submit(folder, "--course=small", f"--Exchange.root={workspace.exchange}")
    assert done.returncode == 0, done.stderr
    assert "coursenn/layers.py" in handed_in(workspace.exchange)
    assert not [name for name in handed_in(workspace.exchange) if name.endswith((".so", ".cfg"))]


def test_a_forgotten_environment_does_not_stop_it(workspace: Workspace, folder: Path) -> None:
    """With the settings in INSTRUCTOR.md, is work with an environment of 560 MB in its folder handed in, without that environment?"""
    (settings,) = SETTINGS.findall((REPOSITORY / "INSTRUCTOR.md").read_text(encoding="utf-8"))
    settings = settings.replace('"/srv/nbgrader/exchange"', repr(str(workspace.exchange))).replace(
        'course_id = "coursenn"', 'course_id = "small"'
    )
    (folder / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    environment(folder / "first" / ".venv")
    done = submit(folder)
    assert done.returncode == 0, done.stderr
    assert "coursenn/layers.py" in handed_in(workspace.exchange)
    assert not [name for name in handed_in(workspace.exchange) if ".venv" in name]
