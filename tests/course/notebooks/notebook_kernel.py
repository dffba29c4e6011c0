"""A notebook with a real kernel, for tests: cells are run one by one while files change."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

SECONDS = 600
"""The limit for an answer, long enough for a busy machine."""


class KernelNotebook:
    """A kernel that starts in a folder and runs cells.

    Parameters
    ----------
    folder : where the notebook is.
    python : the Python whose IPython is used.
    """

    def __init__(self, folder: Path, python: str) -> None:
        self.folder, self.python = folder, python
        self.start()

    def start(self) -> None:
        """Start the kernel."""
        environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "JPY_SESSION_NAME"}}
        self.manager = KernelManager()
        assert self.manager.kernel_spec is not None
        self.manager.kernel_spec.argv = [
            self.python,
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            "--HistoryManager.enabled=False",
        ]
        self.manager.start_kernel(
            cwd=str(self.folder), env={**environment, "MPLBACKEND": "Agg", "IPYTHONDIR": str(self.folder / ".ipython")}
        )
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SECONDS)

    def stop(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def restart(self) -> None:
        """Restart the kernel, as the button does."""
        self.stop()
        self.start()

    def run(self, cell: str) -> str:
        """Run a cell, and return what is shown below it, including errors."""
        asked, shown = self.client.execute(cell), list[str]()
        while True:
            message: dict[str, Any] = self.client.get_iopub_msg(timeout=SECONDS)
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                shown.append(content["text"])
            elif kind == "error":
                shown.append("\n".join(content["traceback"]))
            elif kind == "execute_result":
                shown.append(content["data"]["text/plain"])
            elif kind == "status" and content["execution_state"] == "idle":
                return "".join(shown)
