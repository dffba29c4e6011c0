"""Executes one notebook in a walled-in kernel: ``python -m autograder.display.run_notebook JOB``, a process for each notebook.

The kernel's messages are the student's doing, so this process is bounded too, and what it leaves behind is read as a submission is.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import resource
import stat
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.notebooknode import NotebookNode

from autograder.display.kernels import NAME
from autograder.gradebook import nodes

POLL_S = 0.1
OUTPUTS_S = 30
"""How long outputs may take to arrive when a cell has ended: they were lost when they take longer."""
MAX_SOCKETS = 20
"""Entries of the folder that a kernel shares with this process: five sockets and the file that names them."""
MAX_CONNECTION_BYTES = 1 << 16
MAX_THREADS = 500
LEAST_ROOM = 2 << 30
"""Bytes that stay free on the disk of that folder; half of what was free where there is less. Files that have no name any more are
seen in this way alone."""


@dataclass(frozen=True)
class Job:
    """What to execute, and what it may use."""

    notebook: str
    submission: str
    """Folder that the kernel finds in its working directory."""
    result: str
    """Where to write the notebook with its outputs, and ``coursenn.note`` in its metadata when it was stopped."""
    sockets: str
    """An empty folder that is shared with the kernel, with a short path; whoever made it removes it, also when this process is killed."""
    wall_s: float = 900.0
    cpu_s: int = 600
    output_bytes: int = 10 << 20
    memory_bytes: int = 4 << 30

    def write(self, path: Path) -> None:
        """As a file for the command line."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


class WalledKernelManager(AsyncKernelManager):
    """Kernels of the provisioner, whatever the notebook's metadata ask for."""

    job: Job

    @property
    def kernel_spec(self) -> KernelSpec:
        """A specification that no file on this machine can change."""
        job = self.job
        config = {"submission": job.submission, "cpu_s": job.cpu_s, "memory_bytes": job.memory_bytes, "text_bytes": job.output_bytes}
        return KernelSpec(
            argv=["-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            interrupt_mode="message",
            metadata={"kernel_provisioner": {"provisioner_name": NAME, "config": config}},
        )


class BoundedClient(NotebookClient):
    """Takes no more outputs when a notebook has printed too much."""

    room: int = 0
    cell: int = 0

    async def async_execute_cell(
        self, cell: NotebookNode, cell_index: int, execution_count: int | None = None, store_history: bool = True
    ) -> NotebookNode:
        """One cell, remembered as the one at work."""
        self.cell = cell_index
        return await super().async_execute_cell(cell, cell_index, execution_count, store_history)

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """One message of the kernel."""
        self.room -= len(repr(msg.get("content")))
        if self.room < 0:
            return None
        found: NotebookNode | None = super().process_message(msg, cell, cell_index)
        return found

    @property
    def flooded(self) -> bool:
        """Whether something was not taken."""
        return self.room < 0


async def execute(notebook: NotebookNode, job: Job) -> str | None:
    """Execute a notebook in place, as far as it goes; returns why it was stopped."""
    sockets = job.sockets
    manager = WalledKernelManager(transport="ipc", ip=f"{sockets}/k", connection_file=f"{sockets}/kernel.json")
    manager.job = job
    # One message that is larger is not received at all.
    manager.context.setsockopt(zmq.MAXMSGSIZE, job.output_bytes)
    client = BoundedClient(notebook, km=manager, timeout=None, allow_errors=True, record_timing=False)
    client.iopub_timeout, client.raise_on_iopub_timeout = OUTPUTS_S, True
    client.room = job.output_bytes
    try:
        work = asyncio.ensure_future(client.async_execute())
        return await _watched(work, client, manager, Path(sockets), job)
    except DeadKernelError:
        return f"its kernel died in cell {client.cell + 1}"
    except CellTimeoutError:
        return f"what cell {client.cell + 1} printed was too much to arrive"
    except Exception as error:  # whatever a kernel of theirs can make the client do
        return f"its kernel could not be talked to ({type(error).__name__})"
    finally:
        if manager.has_kernel and manager.provisioner is not None:
            await manager.provisioner.kill()


async def _watched(work: asyncio.Future[Any], client: BoundedClient, manager: WalledKernelManager, sockets: Path, job: Job) -> str | None:
    """Wait for the end, or for one of the limits that only this side sees."""
    until, parent = time.monotonic() + job.wall_s, os.getppid()
    least = min(LEAST_ROOM, room(sockets) // 2)
    while not work.done() or client.flooded:
        await asyncio.wait([work], timeout=POLL_S)
        if client.flooded:
            reason = f"it printed too much in cell {client.cell + 1}"
        elif time.monotonic() > until:
            reason = f"it took longer than {job.wall_s:g} seconds"
        elif os.getppid() != parent:
            reason = "the grader ended"
        elif misused(sockets):
            reason = "it wrote into the folder of its sockets"
        elif room(sockets) < least:
            reason = "the disk is nearly full"
        elif threads(getattr(manager.provisioner, "pid", None)) > MAX_THREADS:
            reason = f"it started more than {MAX_THREADS} threads"
        else:
            continue
        work.cancel()
        await asyncio.wait([work], timeout=10)
        return reason
    work.result()
    return None


def misused(folder: Path) -> bool:
    """Whether there is anything in the folder of the sockets but these and the short file that names them."""
    with os.scandir(folder) as listing:
        entries = list(itertools.islice(listing, MAX_SOCKETS + 1))
    if len(entries) > MAX_SOCKETS:
        return True
    for entry in entries:
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if not stat.S_ISSOCK(found.st_mode) and not (stat.S_ISREG(found.st_mode) and found.st_size <= MAX_CONNECTION_BYTES):
            return True
    return False


def room(folder: Path) -> int:
    """Bytes that are free where a folder is."""
    space = os.statvfs(folder)
    return space.f_bavail * space.f_frsize


def threads(pid: int | None) -> int:
    """Threads of a process and of all below it, as far as the system tells."""
    count, waiting = 0, [pid] if pid else []
    while waiting:
        place = Path(f"/proc/{waiting.pop()}")
        try:
            count += int(re.search(r"^Threads:\s*(\d+)", (place / "status").read_text(), re.MULTILINE)[1])  # type: ignore[index]
            waiting += [int(child) for child in (place / "task" / place.name / "children").read_text().split()]
        except (OSError, TypeError):
            continue
    return count


def main(path: str) -> None:
    """Carry out a job."""
    job = Job(**json.loads(Path(path).read_text(encoding="utf-8")))
    resource.setrlimit(resource.RLIMIT_AS, (job.memory_bytes, resource.RLIM_INFINITY))
    notebook = nodes.read(Path(job.notebook))
    note = asyncio.run(execute(notebook, job))
    notebook.metadata["coursenn"] = {"note": note}
    Path(job.result).write_text(nodes.text(notebook), encoding="utf-8")
    # Nothing that is left can matter, and closing down a dead kernel's client takes its time.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
