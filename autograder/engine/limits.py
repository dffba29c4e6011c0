"""What a submission may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of one submission's sandbox. CPU decides; wall time is a backstop, so that a loaded machine fails nobody."""

    check_cpu_s: int = 10
    check_wall_s: float = 60.0
    submission_wall_s: float = 900.0
    memory_bytes: int = 2 << 30
    file_bytes: int = 16 << 20
    tmpfs_bytes: int = 32 << 20
    open_files: int = 64
    fetched_bytes: int = 256 << 20
    """Bytes that one check may bring over the wire."""


DEFAULT = Limits()
