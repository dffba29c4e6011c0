"""What a submission may use."""

from __future__ import annotations

from dataclasses import dataclass

MAX_TIME_VERDICTS = 2
"""This many checks may use up their time before the time of a submission is cut."""


@dataclass(frozen=True)
class Limits:
    """Limits of one submission. Processor time decides; wall time is only a backstop, so that a busy machine fails nobody."""

    check_cpu_s: int = 10
    check_wall_s: float = 60.0
    submission_cpu_s: float = 600.0
    submission_wall_s: float = 1800.0
    alone_wall_s: float = 60.0
    """How long a submission may keep others waiting while its verdicts are confirmed; later verdicts stay unconfirmed."""
    after_time_verdicts_s: float = 120.0
    """The time that a submission has left after `MAX_TIME_VERDICTS` of its checks have used up theirs."""
    statement_cpu_s: float = 1.0
    """Processor time of a statement at the top of a file, each time it is imported; one that takes longer is left out, with a note."""
    memory_bytes: int = 2 << 30
    """Address space of a process; of everything together if there is a cgroup."""
    processes: int = 24
    """Processes in a cgroup: bubblewrap's two, those that fork, and one check. A check itself may start none."""
    file_bytes: int = 16 << 20
    """Bytes of each file, and of a check's printed output."""
    tmpfs_bytes: int = 32 << 20
    open_files: int = 64
    fetched_bytes: int = 256 << 20
    """Bytes that one check may bring over the wire."""

    @property
    def import_cpu_s(self) -> float:
        """Processor time of one top-level statement; never so much that a check would have none left."""
        return min(self.statement_cpu_s, self.check_cpu_s / 4)


DEFAULT_LIMITS = Limits()
