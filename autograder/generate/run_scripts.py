"""Runs scripts side by side, as ``python -P run_scripts.py PROCESSES``: their command lines come as JSON on standard input.

The scripts of the book take longer to import numpy and matplotlib than to draw. So this program imports these, and each script
runs in a copy of its process, as if it had been started on its own. When a script ends, a line gives its number and its status.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import traceback
from pathlib import Path


def main(processes: int, commands: list[list[str]]) -> None:
    """Run all scripts, at most ``processes`` at a time."""
    import matplotlib.pyplot  # noqa: F401

    running: dict[int, int] = {}
    for number, command in enumerate(commands):
        if len(running) == processes:
            _wait(running)
        running[_start(command)] = number
    while running:
        _wait(running)


def _wait(running: dict[int, int]) -> None:
    process, status = os.wait()
    print(running.pop(process), os.waitstatus_to_exitcode(status), flush=True)


def _start(command: list[str]) -> int:
    process = os.fork()
    if process:
        return process
    # Standard output is for these lines.
    os.dup2(2, 1)
    os._exit(_run(command))


def _run(command: list[str]) -> int:
    sys.argv[:] = command
    sys.path.insert(0, str(Path(command[0]).parent))
    status: object = 0
    try:
        runpy.run_path(command[0], run_name="__main__")
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return int(status is not None and status != 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), json.load(sys.stdin))
