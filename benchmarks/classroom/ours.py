"""Times `autograder grade` from outside: when each submission was done, what it cost, and how much memory was used."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from autograder.paths import REPOSITORY
from autograder.workspace.workspace import Workspace

POLL_S = 0.2
PROBE_S = 2.0
"""Seconds between two looks at the speed of the machine."""
QUARTERS = 4


@dataclass
class Run:
    """One run of the command."""

    wall_s: float
    cpu_s: list[tuple[int, float]]
    """Submissions done -> processor time of the command and all its processes."""
    finished_s: list[float]
    """When each submission was in the gradebook, in seconds from the start of the command, in order."""
    memory_mb: list[tuple[int, float]]
    """Submissions done -> memory of the grading process."""
    workers_mb: float
    """The most memory that its worker processes held together."""
    stages_s: dict[str, float] = field(default_factory=dict)
    """Mean seconds of a submission in each stage."""
    probes_s: list[tuple[int, float]] = field(default_factory=list)
    """Submissions done -> processor time of a fixed piece of work at that moment."""

    @property
    def start_s(self) -> float:
        """Until the first submission was done: imports, canaries, expected values."""
        return self.finished_s[0]

    @property
    def per_minute(self) -> float:
        """Submissions a minute of the whole command, its start included."""
        return 60 * len(self.finished_s) / self.wall_s

    @property
    def steady_per_minute(self) -> float:
        """Submissions a minute once it runs."""
        return 60 * (len(self.finished_s) - 1) / max(self.finished_s[-1] - self.finished_s[0], 1e-9)

    @property
    def cpu_s_each(self) -> float:
        """Processor time of a submission once it runs."""
        (first, before), (last, after) = next(s for s in self.cpu_s if s[0]), self.cpu_s[-1]
        return (after - before) / max(last - first, 1)

    @property
    def uneven(self) -> float:
        """How far the time of a quarter of the submissions is from the mean of the quarters, as a share: 0 is linear time."""
        return _largest_deviation(self._quarters())

    @property
    def uneven_work(self) -> float:
        """The same for each quarter's time over that of a fixed piece of work meanwhile, so that the machine's speed does not count."""
        edges = self._edges()
        fixed = [mean([s for n, s in self.probes_s if a < n <= b] or [s for _, s in self.probes_s]) for a, b in itertools.pairwise(edges)]
        return _largest_deviation([q / f for q, f in zip(self._quarters(), fixed, strict=True)])

    def _edges(self) -> list[int]:
        return [round(i * (len(self.finished_s) - 1) / QUARTERS) for i in range(QUARTERS + 1)]

    def _quarters(self) -> list[float]:
        return [self.finished_s[b] - self.finished_s[a] for a, b in itertools.pairwise(self._edges())]

    def memory_at(self, done: int) -> float:
        """Memory of the grading process when that many were done, in MB."""
        return next((mb for n, mb in self.memory_mb if n >= done), self.memory_mb[-1][1])


def run(workspace: Workspace, assignment: str, jobs: int | None) -> Run:
    """Grade what a workspace holds."""
    command = [sys.executable, "-m", "autograder", "grade", assignment, "--workspace", str(workspace.root)]
    began, clock = time.time(), time.monotonic()
    with (workspace.root / "grade.txt").open("wb") as output:
        process = subprocess.Popen([*command, *(["--jobs", str(jobs)] if jobs else [])], cwd=REPOSITORY, stdout=output, stderr=output)
    folder = workspace.results / "recorded" / assignment
    memory: list[tuple[int, float]] = []
    cpu: list[tuple[int, float]] = []
    probes: list[tuple[int, float]] = []
    workers, watched, status = 0.0, CommandProcesses(process.pid), None
    try:
        while status is None:
            time.sleep(POLL_S)
            watched.update()
            done = _count(folder)
            memory.append((done, _resident_mb(process.pid)))
            cpu.append((done, watched.cpu_s))
            workers = max(workers, sum(map(_resident_mb, watched.workers)))
            if time.monotonic() - clock > PROBE_S * len(probes):
                probes.append((done, _fixed_work_s()))
            status = process.poll()
    finally:
        # When the measurement is stopped, what it measures is stopped as well.
        process.terminate()
        process.wait()
    wall = time.monotonic() - clock
    if status:
        raise SystemExit(f"autograder grade ended with {status}:\n{(workspace.root / 'grade.txt').read_text()[-3000:]}")
    finished = sorted(p.stat().st_mtime - began for p in folder.glob("*.json"))
    alive = [(n, mb) for n, mb in memory if mb]
    return Run(wall, cpu, finished, alive, workers, _stages(workspace, folder), probes)


def _fixed_work_s() -> float:
    began = time.thread_time()
    sum(i * i for i in range(100_000))
    return time.thread_time() - began


def _largest_deviation(times: list[float]) -> float:
    return max(abs(t / mean(times) - 1) for t in times)


class CommandProcesses:
    """A command and the processes that it starts, watched while they run, since the time of one that is killed is added to no other."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.workers: set[int] = set()
        self._own: dict[int, float] = {}
        self._ended: dict[int, float] = {}
        """Worker -> time of its children that ended, which are sandboxes."""

    @property
    def cpu_s(self) -> float:
        """Processor time of all of them, so far."""
        return sum(self._own.values()) + sum(self._ended.values())

    def update(self) -> None:
        """Read the times of the processes that run now."""
        self.workers = set()
        waiting = [self.pid]
        while waiting:
            pid = waiting.pop()
            children = [c for c in _children(pid) if _command_name(c) != "bwrap"]
            times = _times_s(pid)
            if times is not None:
                self._own[pid] = times[0]
                # The time of one that has children of its own is counted through them.
                self._ended |= {} if children else {pid: times[1]}
            self.workers |= set(children)
            waiting += children


def _times_s(pid: int) -> tuple[float, float] | None:
    """Processor time of a process, and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) / ticks, (int(fields[13]) + int(fields[14])) / ticks


def _command_name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _count(folder: Path) -> int:
    # Not a glob: with 2,000 files that would be a noticeable load beside what is measured.
    return sum(name.endswith(".json") and name[0] != "." for name in os.listdir(folder)) if folder.is_dir() else 0


def _resident_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS")), 0.0)


def _children(pid: int) -> list[int]:
    try:
        return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _stages(workspace: Workspace, recorded: Path) -> dict[str, float]:
    """Seconds of wall time by stage, as kept with the results."""
    total: Counter[str] = Counter()
    documents = [found for found in map(_document, workspace.results.glob("??/*.json")) if found]
    for document in documents:
        stages = document.get("stages_s") or {"checks": sum(t["elapsed_s"] for t in document["tasks"])}
        total.update(stages)
        total["the rest"] += document["elapsed_s"] - sum(stages.values())
    entries = [json.loads(p.read_text(encoding="utf-8")) for p in recorded.glob("*.json")]
    total["recording"] = sum(e.get("seconds", 0.0) for e in entries)
    return {name: seconds / len(entries) for name, seconds in total.items()}


def _document(path: Path) -> dict[str, Any] | None:
    found = json.loads(path.read_text(encoding="utf-8"))
    document = found.get("document", found)
    return document if str(document.get("submission", "")).startswith("student") else None


def marks(workspace: Workspace) -> dict[str, float]:
    """Student -> share of the points for code."""
    documents = filter(None, map(_document, workspace.results.glob("??/*.json")))
    return {d["submission"]: d["score"] / d["max_score"] for d in documents}
