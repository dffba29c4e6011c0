"""Collects a download again and again, ended before and after each rename and each write. Run as a program of its own, which may fork.

``python -m tests.autograder.collect.stepwise BEFORE SOURCE ROSTER TARGET STRIDE`` makes ``TARGET/STEP`` for each step that a run can
be ended at, as that run left it; one more run, the last, ends by itself and is removed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from autograder.collect import deliveries, roster, seen, without_work
from autograder.collect.download import collect_download
from autograder.paths import write_atomically
from autograder.workspace.opening import open_workspace


def main() -> None:
    """Make all of the folders."""
    before, source, class_list, target = map(Path, sys.argv[1:5])
    step = stride = int(sys.argv[5])
    while True:
        root = target / str(step)
        shutil.copytree(before, root, symlinks=True)
        if not _ended(root, source, class_list, step):
            shutil.rmtree(root)
            return
        step += stride


def _ended(root: Path, source: Path, class_list: Path, step: int) -> bool:
    """Collect in a child process that kills itself at that step; return whether it got there."""
    child = os.fork()
    if child == 0:
        _die_at(step)
        workspace = open_workspace(root)
        collect_download(workspace, workspace.course(), "first", source, roster=class_list)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
        raise SystemExit(f"step {step}: collecting failed")
    return os.WIFSIGNALED(status)


def _die_at(step: int) -> None:
    count = 0

    def pass_by() -> None:
        nonlocal count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*args: object, **options: object) -> object:
            pass_by()
            result = function(*args, **options)
            pass_by()
            return result

        return wrapped

    os.replace, os.rename = counted(os.replace), counted(os.rename)  # type: ignore[assignment]
    for module in (deliveries, roster, seen, without_work):
        module.write_atomically = counted(write_atomically)  # type: ignore[assignment, attr-defined]


if __name__ == "__main__":
    main()
