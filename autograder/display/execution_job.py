"""What to execute, passed to the process of one notebook as a file with plain data."""

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
    """One notebook to execute."""

    notebook: str
    submission: str
    """The folder whose content is copied into the kernel's working directory."""
    result: str
    """Where to write the notebook with its outputs, and ``coursenn.note`` in its metadata if it was stopped."""
    sockets: str
    """An empty folder with a short path, shared with the kernel; its maker removes it, even if this process is killed."""
    limits: ExecutionLimits = ExecutionLimits()

    def write(self, path: Path) -> None:
        """Write it as a file for the command line."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> ExecutionJob:
        """Read what `write` has written."""
        fields = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**fields, "limits": ExecutionLimits(**fields["limits"])})
