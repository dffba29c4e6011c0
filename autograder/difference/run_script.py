"""Runs a script over a student's package in the sandbox, and returns what it prints."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from autograder.paths import printable
from autograder.sandbox.bubblewrap import walled_command
from autograder.sandbox.interpreter import interpreter, library_folders
from autograder.sandbox.limits import DEFAULT_LIMITS, Limits
from autograder.sandbox.seccomp import program_file, threads_filter
from autograder.startup import ONE_THREAD

MOST_LINES = 200
MAX_LINE = 400
_ENVIRONMENT = ONE_THREAD | {"LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "HOME": "/tmp", "TMPDIR": "/tmp", "PATH": "/nowhere"}
_BOOT = """
import json, resource, sys
memory, cpu, file = json.loads(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
resource.setrlimit(resource.RLIMIT_FSIZE, (file, file))
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
sys.path[:0] = ["/packages"]
sys.argv[:] = ["script.py", "/submission"]
exec(compile(open("/script.py", encoding="utf-8").read(), "script.py", "exec"), {"__name__": "__main__"})
"""


def run_in_sandbox(script: str, package: Path, limits: Limits = DEFAULT_LIMITS) -> list[str]:
    """The lines that a script prints, including its errors, made safe for a terminal.

    Parameters
    ----------
    script : its text; its only argument is the folder that holds ``coursenn/``.
    package : the ``coursenn/`` that it finds there.

    Raises
    ------
    SandboxUnavailable
        When bubblewrap is not installed.
    """
    with (
        tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".py") as file,
        tempfile.TemporaryFile() as out,
        program_file(threads_filter()) as seccomp,
    ):
        file.write(script)
        file.flush()
        wall = walled_command(
            environment={**_ENVIRONMENT, "LD_LIBRARY_PATH": ":".join(library_folders())},
            tmpfs={"/tmp": limits.tmpfs_bytes},
            read_only=[(str(package), "/submission/coursenn"), (file.name, "/script.py")],
            descriptors={"--seccomp": seccomp},
        )
        bounds = json.dumps([limits.memory_bytes, limits.check_cpu_s, limits.file_bytes])
        process = subprocess.Popen(
            [*wall, interpreter(), "-I", "-S", "-B", "-c", _BOOT, bounds],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            pass_fds=[seccomp] if seccomp is not None else [],
            env={},
            cwd="/",
            start_new_session=True,
        )
        try:
            process.wait(limits.check_wall_s)
        except subprocess.TimeoutExpired:
            return ["it was stopped"]
        finally:
            process.kill()
            process.wait()
        out.seek(0)
        text = out.read(MOST_LINES * MAX_LINE).decode("utf-8", "replace")
    return [printable(line.expandtabs(), MAX_LINE) for line in text.splitlines()[:MOST_LINES]]
