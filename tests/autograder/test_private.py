"""Are a user's files safe from being read, blocked or replaced by other accounts?"""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from autograder import private
from autograder.engine import turns
from autograder.private import NoPrivateFolder, give_home, lock_folder, private_files, private_folder, private_scratch, remove_leftovers


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A simulated machine with its own folder for temporary files and no system folder for locks."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    temporary.chmod(0o1777)
    monkeypatch.setattr(private, "TEMPORARY", temporary)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return temporary


def mode(path: Path) -> int:
    """Return the permissions of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def a_stranger_has(path: Path) -> Path:
    """Give a folder or file to another account."""
    if os.geteuid():
        pytest.skip("only root can give files away")
    os.chown(path, 12345, 12345)
    return path


def test_folder_belongs_to_the_user(machine: Path) -> None:
    """Is the folder made for the owner only, and closed if it was open?"""
    folder = private_folder()
    assert folder.parent == machine
    assert mode(folder) == 0o700
    folder.chmod(0o777)
    assert mode(private_folder()) == 0o700


def test_stranger_who_was_first(machine: Path, tmp_path: Path) -> None:
    """If another user has made the folder, or a link or a file in its place, is a folder in the home folder used?"""
    place = machine / f"coursenn-{os.geteuid()}"
    place.mkdir()
    a_stranger_has(place)
    assert private_folder() == tmp_path / "cache" / "coursenn" / "private"
    place.rmdir()
    place.symlink_to("/tmp")
    assert private_folder() == tmp_path / "cache" / "coursenn" / "private"
    place.unlink()
    place.touch()
    assert private_folder() == tmp_path / "cache" / "coursenn" / "private"


def test_nowhere_to_be_private(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If anybody may replace the files in a folder and there is no home folder, does the message say what to do?"""
    machine.chmod(0o777)
    monkeypatch.setenv("XDG_CACHE_HOME", "~/.cache")
    with pytest.raises(NoPrivateFolder, match="set TMPDIR"):
        private_folder()


def test_folder_of_the_system_for_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is XDG_RUNTIME_DIR used only if it belongs to the user?"""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert lock_folder() == runtime / "coursenn"
    a_stranger_has(runtime)
    assert lock_folder() == private_folder()


def test_scratch_is_private_and_goes(machine: Path) -> None:
    """Are a command's temporary files in a folder that only its user can enter, and removed at its end?"""
    before = tempfile.gettempdir()
    with private_scratch() as scratch:
        assert Path(tempfile.mkdtemp()).parent == scratch
        assert mode(scratch) == 0o700
        assert mode(scratch.parent) == 0o700
    assert tempfile.gettempdir() == before
    assert list(private_folder().iterdir()) == []


def test_what_a_kill_left_goes_at_the_next_start(machine: Path) -> None:
    """Is a killed program's scratch folder removed, but not that of a running one nor one just made?"""
    code = (
        "import sys, time; from pathlib import Path; from autograder import private; private.TEMPORARY = Path(sys.argv[1])\n"
        "with private.private_scratch() as scratch: (scratch / 'work').write_text('x'); print(scratch, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(machine)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    folders = [Path(process.stdout.readline().strip()) for process in processes if process.stdout]
    long_ago = time.time() - 3600
    try:
        for folder in folders[:2]:
            os.utime(folder, (long_ago, long_ago))
        for process in (processes[0], processes[2]):
            process.kill()
            process.wait()
        remove_leftovers(private_folder())
        assert [folder.exists() for folder in folders] == [False, True, True]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_sockets_outlive_a_command(machine: Path) -> None:
    """Does multiprocessing keep its folder when a command's scratch folder is removed, and end without a message?"""
    code = (
        "import sys; from pathlib import Path; from autograder import private; private.TEMPORARY = Path(sys.argv[1])\n"
        "from multiprocessing import util\n"
        "with private.private_scratch(): private.hold_folder_of_sockets(); print(util.get_temp_dir())\n"
        "print(Path(util.get_temp_dir()).is_dir())"
    )
    done = subprocess.run([sys.executable, "-c", code, str(machine)], capture_output=True, text=True, timeout=60)
    folder, still_there = done.stdout.split()
    assert Path(folder).parent == private_folder()
    assert still_there == "True"
    assert done.stderr == ""
    assert list(private_folder().iterdir()) == []


def test_files_of_a_command_are_private(tmp_path: Path) -> None:
    """Are files written meanwhile readable only by their owner, and later ones as usual?"""
    with private_files():
        (tmp_path / "marks").touch()
    assert mode(tmp_path / "marks") == 0o600
    assert mode_of_new(tmp_path) & 0o077


def mode_of_new(folder: Path) -> int:
    """Return the permissions of a file made now."""
    before = os.umask(0o022)
    try:
        (folder / "new").touch()
    finally:
        os.umask(before)
    return mode(folder / "new")


def test_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does an account with only a number get a private home folder, and does everybody else keep theirs?"""
    monkeypatch.setenv("HOME", "/somewhere")
    give_home()
    assert os.environ["HOME"] == "/somewhere"
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(Path, "home", classmethod(lambda _: _no_home()))
    give_home()
    assert mode(Path(os.environ["HOME"])) == 0o700


def _no_home() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_lock_that_is_never_released(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Is the wait for a lock limited, and does the message name its holder?"""
    monkeypatch.setattr(turns, "WAIT_S", 0.3)
    monkeypatch.setattr(turns, "SAY_AFTER_S", 0.1)
    path = turns.lock_path()
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        began = time.monotonic()
        with turns.beside_others():
            assert 0.2 < time.monotonic() - began < 10
    said = capfd.readouterr().err
    assert f"waiting for process {os.getpid()} of " in said
    assert "no longer waiting" in said


def test_lock_file_of_a_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a lock file that another user holds not waited for?"""
    monkeypatch.setattr(turns, "WAIT_S", 30.0)
    path = turns.lock_path()
    path.touch()
    with a_stranger_has(path).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        began = time.monotonic()
        with turns.alone():
            assert time.monotonic() - began < 10
