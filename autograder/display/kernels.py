"""Kernels in the sandbox: a Jupyter kernel provisioner that starts them in bubblewrap.

A kernel needs more than a check does (threads, sockets within the machine, plotting), so it has a sandbox of its own: the empty root
holds the interpreter, the libraries of a notebook and the student's package; there is no network, no other process and no file of ours.
It talks over sockets in one folder, which is bound in. Its messages are trusted no more than a submission.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Int, Unicode

from autograder.sandbox.bubblewrap import walled_command
from autograder.sandbox.interpreter import interpreter
from autograder.sandbox.packages import package_library_path, package_mounts
from autograder.sandbox.seccomp import program_file, threads_filter
from autograder.startup import ONE_THREAD

PROVISIONER_NAME = "coursenn-sandbox"
"""The name of the provisioner in ``jupyter_client.kernel_provisioners`` and in a kernel's metadata."""
NOTEBOOK_DISTRIBUTIONS = ("ipykernel", "matplotlib-inline", "matplotlib", "numpy", "tqdm", "pooch")
"""Distributions that a notebook may import, with everything that they require; nothing of the autograder."""
PRIORITIES = ("sched_setscheduler", "sched_setparam", "sched_setaffinity", "setpriority")
"""Allowed because the socket library ends its process if it cannot set them for its threads."""
WORK = "/work"
BOOT = """
import json, os, resource, shutil, sys
memory, cpu, file, text = json.loads(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
resource.setrlimit(resource.RLIMIT_FSIZE, (file, file))
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
resource.setrlimit(resource.RLIMIT_NPROC, (4096, 4096))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
shutil.copytree("/submission", "/work", dirs_exist_ok=True, copy_function=shutil.copyfile)
os.chdir("/work")
sys.path[:0] = ["", "/packages"]
sys.argv[:] = ["ipykernel", *sys.argv[2:]]
from ipykernel.iostream import OutStream
from ipykernel.kernelapp import launch_new_instance
# A text that is too long to be sent would be lost without a word; what is left of it is still too much, and noted as that.
write = OutStream.write
OutStream.write = lambda self, string: write(self, string[: text + 1])
launch_new_instance()
"""


class NoWall(RuntimeError):
    """Kernels cannot be sandboxed on this machine; the message says what to do."""


class SandboxProvisioner(LocalProvisioner):
    """Starts an IPython kernel in bubblewrap, in place of the command that its specification names."""

    submission = Unicode(help="Folder whose content is copied into the kernel's working directory.").tag(config=True)
    memory_bytes = Int(4 << 30, help="Address space.").tag(config=True)
    cpu_s = Int(900, help="Processor time.").tag(config=True)
    file_bytes = Int(64 << 20, help="Size of a file.").tag(config=True)
    text_bytes = Int(10 << 20, help="Most bytes that are sent of a text printed in one call.").tag(config=True)
    tmpfs_bytes = Int(256 << 20, help="Most bytes that the kernel may write, not counting its sockets.").tag(config=True)

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Put bubblewrap in front of the kernel's command."""
        kwargs = await super().pre_launch(**kwargs)
        command = list(kwargs["cmd"])
        arguments = command[command.index("-f") :]
        sockets = os.path.dirname(os.path.abspath(arguments[1]))
        limits = json.dumps([self.memory_bytes, self.cpu_s, self.file_bytes, self.text_bytes])
        start = [interpreter(), "-I", "-S", "-B", "-c", BOOT, limits, *arguments]
        kwargs["cmd"] = [*wall(sockets, self.submission, self.tmpfs_bytes), *start]
        return {**kwargs, "env": {}, "cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start it, with the filter for system calls in a descriptor that bubblewrap reads."""
        with program_file(kernel_filter()) as seccomp:
            assert seccomp is not None
            at = cmd.index("--")
            cmd = [*cmd[:at], "--seccomp", str(seccomp), *cmd[at:]]
            return await super().launch_kernel(cmd, pass_fds=(seccomp,), **kwargs)


def wall(sockets: str, submission: str, tmpfs_bytes: int) -> list[str]:
    """The command that sandboxes a kernel, without the filter of system calls."""
    folder = [(submission, "/submission")] if submission else []
    return walled_command(
        environment={**ENVIRONMENT, "LD_LIBRARY_PATH": package_library_path(NOTEBOOK_DISTRIBUTIONS)},
        tmpfs={"/tmp": tmpfs_bytes, WORK: tmpfs_bytes},
        read_only=[*package_mounts(NOTEBOOK_DISTRIBUTIONS), *folder],
        writable=[sockets],
    )


ENVIRONMENT = ONE_THREAD | {
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "HOME": "/tmp",
    "TMPDIR": "/tmp",
    "PATH": "/nowhere",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "COURSENN_DATA": "embedded",
}


def kernel_filter() -> bytes:
    """A filter that allows a kernel threads and local sockets, but no processes and nothing else that checks may not use."""
    program = threads_filter(PRIORITIES)
    if program is None:
        raise NoWall("executing notebooks needs libseccomp, which bounds the processes of a kernel (Debian: apt install libseccomp2)")
    return program
