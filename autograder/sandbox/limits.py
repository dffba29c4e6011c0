"""What a submission may use."""

from __future__ import annotations

from dataclasses import dataclass

MAX_TIME_VERDICTS = 2
"""So many checks may use all of their time before a submission is cut short."""


@dataclass(frozen=True)
class Limits:
    """Limits of one submission. CPU decides; wall time is a backstop, so that a loaded machine fails nobody."""

    check_cpu_s: int = 10
    check_wall_s: float = 60.0
    submission_cpu_s: float = 600.0
    submission_wall_s: float = 1800.0
    alone_wall_s: float = 60.0
    """For how long a submission may keep others waiting while its verdicts are confirmed; later ones are kept unconfirmed."""
    after_time_verdicts_s: float = 120.0
    """What a submission has left once `MAX_TIME_VERDICTS` of its checks have used all of their time."""
    statement_cpu_s: float = 1.0
    """Of a statement at the top of a file, each time it is imported; one that takes longer is left out, with a note."""
    memory_bytes: int = 2 << 30
    """Address space of a process; of everything together where a cgroup can be had."""
    processes: int = 24
    """In a cgroup: bubblewrap's two, those that fork, and one check. A check itself may start none."""
    file_bytes: int = 16 << 20
    """Of each file, and of what a check prints."""
    tmpfs_bytes: int = 32 << 20
    open_files: int = 64
    fetched_bytes: int = 256 << 20
    """Bytes that one check may bring over the wire."""

    @property
    def import_cpu_s(self) -> float:
        """CPU time of one top-level statement; never so much that a check has none left."""
        return min(self.statement_cpu_s, self.check_cpu_s / 4)


DEFAULT_LIMITS = Limits()
