"""Is a control group made where possible and joined before anything starts, and omitted elsewhere? (On a made-up tree.)"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from autograder.sandbox import sandbox
from autograder.sandbox.cgroups import Cgroup, parent_group, remove_leftovers
from autograder.sandbox.limits import Limits
from autograder.sandbox.sandbox import Mounts, Sandbox
from tests.autograder.mini_course import write


def tree(root: Path, controllers: str) -> tuple[Path, Path]:
    """A mount and the file that names this process's group, ``/user/app.scope``."""
    write(root, {"own": "9:name=systemd:/x\n0::/user/app.scope\n"})
    for name in ("user", "user/app.scope"):
        write(root / "mount" / name, {"cgroup.subtree_control": controllers if name == "user" else "", "cgroup.procs": ""})
    return root / "mount", root / "own"


def test_group_around_this_process_is_found(tmp_path: Path) -> None:
    """Is the nearest group that passes on both controllers used?"""
    assert parent_group(*tree(tmp_path, "cpu memory pids\n")) == tmp_path / "mount" / "user"


@pytest.mark.parametrize("controllers", ["", "memory\n", "cpu pids\n"])
def test_no_group_without_both_controllers(tmp_path: Path, controllers: str) -> None:
    """Is a group with only one of the controllers not used?"""
    assert parent_group(*tree(tmp_path, controllers)) is None


def test_no_group_on_another_system(tmp_path: Path) -> None:
    """Is a machine without version 2, or without /proc, no error?"""
    write(tmp_path, {"own": "3:memory:/x\n"})
    assert parent_group(tmp_path, tmp_path / "own") is None
    assert parent_group(tmp_path, tmp_path / "nothing") is None


def test_groups_that_killed_graders_left(tmp_path: Path) -> None:
    """Are old empty groups removed, but not new ones, those of others or those with processes?"""
    for name in ("coursenn-old", "coursenn-full/x", "coursenn-new", "session"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("coursenn-old", "coursenn-full", "session"):
        os.utime(tmp_path / name, (0, 0))
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["coursenn-full", "coursenn-new", "session"]


class FakeGroup(Cgroup):
    """A group in an ordinary folder, which has no files that appear by themselves."""

    def _write(self, name: str, value: int) -> None:
        with (self.path / name).open("a") as file:
            file.write(f"{value}\n")


def test_limits_are_written_before_anything_is_inside(tmp_path: Path) -> None:
    """Do memory and number of processes come from the limits?"""
    group = FakeGroup(tmp_path, Limits(memory_bytes=1 << 20, tmpfs_bytes=1 << 10, processes=5))
    assert (group.path / "memory.max").read_text() == f"{(1 << 20) + (1 << 10)}\n"
    assert (group.path / "pids.max").read_text() == "5\n"
    assert not group.out_of_memory()
    (group.path / "memory.events").write_text("low 0\noom_kill 2\n")
    assert group.out_of_memory()


def test_refused_group_leaves_nothing(tmp_path: Path) -> None:
    """Is the folder removed if its limits cannot be set?"""
    with pytest.raises(FileNotFoundError):
        Cgroup(tmp_path, Limits())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sandbox
@pytest.mark.parametrize("refused", [False, True])
def test_sandbox_waits_until_it_is_in_its_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, needs_sandbox: None, refused: bool
) -> None:
    """Are both processes of bubblewrap moved into the group before it continues, and does it start without the group if that fails?"""

    class Refusing(FakeGroup):
        def add(self, pid: int) -> None:
            raise PermissionError(pid)

    (tmp_path / "groups").mkdir()
    (tmp_path / "package").mkdir()
    group = (Refusing if refused else FakeGroup)(tmp_path / "groups", Limits())
    monkeypatch.setattr(sandbox, "new_group", lambda limits: group)
    with Sandbox(Mounts(tmp_path / "package")) as started:
        assert started.channel.request({"op": "seed", "value": 0}, deadline=time.monotonic() + 30).tag == "N"
        moved = (group.path / "cgroup.procs").read_text().split() if not refused else []
        assert moved == ([] if refused else [str(started.process.pid), str(started.first_process)])
        assert (started.group is None) == refused
