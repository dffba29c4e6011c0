"""What to execute, as the process of one notebook is told it: a file with plain data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class ExecutionLimits:
    """What one notebook may use."""

    wall_s: float = 900.0
    cpu_s: int = 600
    output_bytes: int = 10 << 20
    memory_bytes: int = 4 << 30


@dataclass(frozen=True)
class ExecutionJob:
    """One notebook to be executed."""

    notebook: str
    submission: str
    """Folder that the kernel finds in its working directory."""
    result: str
    """Where to write the notebook with its outputs, and ``coursenn.note`` in its metadata when it was stopped."""
    sockets: str
    """An empty folder that is shared with the kernel, with a short path; whoever made it removes it, also when this process is killed."""
    limits: ExecutionLimits = ExecutionLimits()

    def write(self, path: Path) -> None:
        """Write it as a file for the command line."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> ExecutionJob:
        """Read what `write` has written."""
        fields = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**fields, "limits": ExecutionLimits(**fields["limits"])})
