"""With a full disk, a closed folder or an account without a name, does every command say what to do and write nothing incomplete?"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from autograder.cli import CommandList, main
from autograder.manifest import Course
from autograder.outgoing.export import export
from autograder.runs.grade import grade
from autograder.workspace.obstacles import cure_for
from autograder.workspace.workspace import Workspace
from tests.autograder.runs.test_obstacles import in_a_box
from tests.autograder.small_course import RIGHT_LAYERS, hand_in, write_files


def words(done: subprocess.CompletedProcess[str]) -> str:
    """Return all output, on one line."""
    return " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO])
def test_every_command_says_what_to_do(number: int) -> None:
    """Does an error of the machine, raised anywhere in a command, end it with one line and status 1?"""

    def fails() -> None:
        try:
            raise OSError(number, os.strerror(number), "/some/file")
        except OSError as error:
            raise RuntimeError("while it worked") from error

    group = CommandList(name="any", sections={"Any": {"fails": "It fails."}})
    group.add_command(click.Command("fails", callback=fails))
    result = CliRunner().invoke(group, ["fails"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: /some/file: ")
    assert len(result.output.splitlines()) == 1


def test_errors_of_ours_are_not_hidden() -> None:
    """Is an error that is not the machine's fault still an error of the program?"""
    assert cure_for(ValueError("ours")) is None
    assert cure_for(FileNotFoundError(errno.ENOENT, "no such file")) is None


def test_full_output() -> None:
    """If nothing more can be printed, is the exit status 1, with one line on standard error and no traceback?"""
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "autograder", "doctor"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == 1
    assert "free some space" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.slow
@pytest.mark.sandbox
def test_full_disk_in_every_command(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Does each command of the term say what to do if the disk is full, and are the existing files still whole?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    grade(workspace, small, "first", unsafe=True, jobs=1)
    export(workspace, small)
    marks_before = (workspace.root / "grades.csv").read_text()
    zipped = tmp_path / "ada.zip"
    shutil.make_archive(str(zipped.with_suffix("")), "zip", workspace.submitted("ada", "first"))
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    run = f"'{sys.executable}' -m autograder"
    here = f"--workspace '{disk}'"
    submission = f"'{disk}/submitted/ada/first'"
    verbs = [
        f"release first --course '{small.path}' {here}",
        f"collect first --from '{zipped}' {here}",
        f"grade first --force --unsafe-no-sandbox --jobs 1 {here}",
        f"feedback first {here}",
        f"export {here}",
        f"report first --html '{disk}/class.html' {here}",
        f"check {submission} --course '{small.path}' --assignment first --unsafe-no-sandbox --json '{disk}/result.json'",
        f"dev assemble {submission} '{disk}/package' --course '{small.path}'",
    ]
    fill = f"head -c 100000000 /dev/zero >'{disk}/big' 2>&-; head -c 100000 /dev/zero >>'{disk}/big' 2>&-"
    # The disk is filled again before each command, since one that gives up may have freed space.
    steps = "; ".join(f"{fill}; echo '<{verb.split()[0]}>'; {run} {verb} 2>&1; echo '=' $?" for verb in verbs)
    done = in_a_box(
        ["--size", str(12 << 20), "--tmpfs", str(disk)],
        f"cp -a '{workspace.root}/.' '{disk}'; {steps}; rm '{disk}/big'; cp -a '{disk}' '{out}'",
    )
    text = words(done)
    assert "Traceback" not in text, text
    for part in text.split("<")[1:]:
        assert "free some space" in part, part
        assert "= 1" in part, part
    assert (out / "grades.csv").read_text() == marks_before
    assert not (out / "result.json").exists()
    assert not (out / "package" / "coursenn").exists()
    assert not list(out.rglob("*.partial"))


@pytest.mark.slow
@pytest.mark.sandbox
def test_account_without_a_name(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Do all commands of the cycle work in a container whose user has only a number and no home folder?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    run = f"unset HOME XDG_CACHE_HOME; '{sys.executable}' -m autograder"
    here = f"--workspace '{workspace.root}'"
    script = (
        f"{run} release first --course '{small.path}' {here} && {run} grade first --unsafe-no-sandbox --jobs 1 {here} && "
        f"{run} feedback first {here} && {run} export {here} && {run} report first {here}"
    )
    done = in_a_box(["--unshare-user", "--uid", "54321", "--gid", "54321"], script)
    assert done.returncode == 0, words(done)
    assert "Traceback" not in words(done)


def test_assemble_leaves_no_half(small: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the disk fills up while a package is written, is no package left that looks complete?"""
    write_files(tmp_path / "work", {"coursenn/layers.py": RIGHT_LAYERS})
    copied: list[object] = []

    def copyfile(source: object, target: Path) -> None:
        if len(copied) == 2:
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        copied.append(source)
        target.touch()

    monkeypatch.setattr("autograder.intake.assemble.shutil.copyfile", copyfile)
    result = CliRunner().invoke(main, ["dev", "assemble", str(tmp_path / "work"), str(tmp_path / "to"), "--course", str(small.path)])
    assert result.exit_code == 1
    assert "free some space" in result.output
    assert not (tmp_path / "to" / "coursenn").exists()
