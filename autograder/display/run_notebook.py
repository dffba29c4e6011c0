"""Executes one notebook in a kernel in the sandbox: ``python -m autograder.display.run_notebook JOB``, a process for each notebook.

The student controls the kernel's messages, so this process is also bounded, and its result is read like a submission.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.notebooknode import NotebookNode

from autograder.display.execution_job import ExecutionJob
from autograder.display.kernel_usage import MAX_THREADS, MIN_FREE_BYTES, count_threads, free_bytes, is_misused
from autograder.display.kernels import PROVISIONER_NAME
from autograder.gradebook import nodes

POLL_S = 0.1
OUTPUTS_S = 30
"""How long outputs may take to arrive after a cell has ended; later ones are lost."""


class SandboxedKernelManager(AsyncKernelManager):
    """Kernels in our sandbox, regardless of the notebook's metadata."""

    job: ExecutionJob

    @property
    def kernel_spec(self) -> KernelSpec:
        """A specification that no file on this machine can change."""
        limits = self.job.limits
        config = {
            "submission": self.job.submission,
            "cpu_s": limits.cpu_s,
            "memory_bytes": limits.memory_bytes,
            "text_bytes": limits.output_bytes,
        }
        return KernelSpec(
            argv=["-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            interrupt_mode="message",
            metadata={"kernel_provisioner": {"provisioner_name": PROVISIONER_NAME, "config": config}},
        )


class BoundedClient(NotebookClient):
    """Accepts no more outputs after a notebook has printed too much."""

    bytes_left: int = 0
    cell: int = 0

    async def async_execute_cell(
        self, cell: NotebookNode, cell_index: int, execution_count: int | None = None, store_history: bool = True
    ) -> NotebookNode:
        """Execute one cell, and remember that it is running."""
        self.cell = cell_index
        return await super().async_execute_cell(cell, cell_index, execution_count, store_history)

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Handle one message from the kernel."""
        self.bytes_left -= len(repr(msg.get("content")))
        if self.bytes_left < 0:
            return None
        found: NotebookNode | None = super().process_message(msg, cell, cell_index)
        return found

    @property
    def flooded(self) -> bool:
        """Whether something was not accepted."""
        return self.bytes_left < 0


async def execute(notebook: NotebookNode, job: ExecutionJob) -> str | None:
    """Execute a notebook in place, as far as it goes; return why it was stopped."""
    sockets = job.sockets
    manager = SandboxedKernelManager(transport="ipc", ip=f"{sockets}/k", connection_file=f"{sockets}/kernel.json")
    manager.job = job
    # A larger message is not received at all.
    manager.context.setsockopt(zmq.MAXMSGSIZE, job.limits.output_bytes)
    client = BoundedClient(notebook, km=manager, timeout=None, allow_errors=True, record_timing=False)
    client.iopub_timeout, client.raise_on_iopub_timeout = OUTPUTS_S, True
    client.bytes_left = job.limits.output_bytes
    try:
        work = asyncio.ensure_future(client.async_execute())
        return await _wait_for_end(work, client, _Watch(client, manager, job))
    except DeadKernelError:
        return f"its kernel died in cell {client.cell + 1}"
    except CellTimeoutError:
        return f"cell {client.cell + 1} printed too much to be received"
    except Exception as error:  # a student's kernel can make the client fail in any way
        return f"contact with its kernel was lost ({type(error).__name__})"
    finally:
        if manager.has_kernel and manager.provisioner is not None:
            await manager.provisioner.kill()


async def _wait_for_end(work: asyncio.Future[Any], client: BoundedClient, watch: _Watch) -> str | None:
    """Wait until a notebook has ended, or must be stopped; return the reason."""
    while not work.done() or client.flooded:
        await asyncio.wait([work], timeout=POLL_S)
        if reason := watch.reason_to_stop():
            work.cancel()
            await asyncio.wait([work], timeout=10)
            return reason
    work.result()
    return None


class _Watch:
    """The limits of a notebook that only this side can see."""

    def __init__(self, client: BoundedClient, manager: SandboxedKernelManager, job: ExecutionJob) -> None:
        self.client, self.manager, self.job, self.sockets = client, manager, job, Path(job.sockets)
        self.deadline = time.monotonic() + job.limits.wall_s
        self.parent = os.getppid()
        self.min_free_bytes = min(MIN_FREE_BYTES, free_bytes(self.sockets) // 2)

    def reason_to_stop(self) -> str | None:
        """Which limit was passed, in words; None if none."""
        if self.client.flooded:
            return f"it printed too much in cell {self.client.cell + 1}"
        if time.monotonic() > self.deadline:
            return f"it took longer than {self.job.limits.wall_s:g} seconds"
        if os.getppid() != self.parent:
            return "the grader ended"
        if is_misused(self.sockets):
            return "it wrote into the folder of its sockets"
        if free_bytes(self.sockets) < self.min_free_bytes:
            return "the disk is nearly full"
        if count_threads(getattr(self.manager.provisioner, "pid", None)) > MAX_THREADS:
            return f"it started more than {MAX_THREADS} threads"
        return None


def main(path: str) -> None:
    """Carry out the job that a file describes."""
    job = ExecutionJob.read(Path(path))
    resource.setrlimit(resource.RLIMIT_AS, (job.limits.memory_bytes, resource.RLIM_INFINITY))
    notebook = nodes.read(Path(job.notebook))
    note = asyncio.run(execute(notebook, job))
    notebook.metadata["coursenn"] = {"note": note}
    Path(job.result).write_text(nodes.text(notebook), encoding="utf-8")
    # Nothing that is left matters, and closing a dead kernel's client takes long.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
