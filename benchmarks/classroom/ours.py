"""Measure `autograder grade` from outside: when each submission was finished, what it cost, and how much memory was used."""

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
from autograder.sandbox.cpu_time import children, own_cpu_s
from autograder.workspace.workspace import Workspace

POLL_S = 0.2
PROBE_S = 2.0
"""Seconds between two measurements of the machine's speed."""
QUARTERS = 4


@dataclass
class Run:
    """One run of the command."""

    wall_s: float
    command_cpu_s: list[tuple[int, float]]
    """Submissions finished -> processor time of the command's own process, which records the results."""
    finished_s: list[float]
    """When each submission was in the gradebook, in seconds from the start of the command, in order."""
    memory_mb: list[tuple[int, float]]
    """Submissions finished -> memory of the grading process."""
    workers_mb: float
    """The peak memory of all its worker processes together."""
    graded_cpu_s: float = 0.0
    """Mean processor time of grading a submission, from the result documents."""
    stages_s: dict[str, float] = field(default_factory=dict)
    """Mean seconds of a submission in each stage."""
    probes_s: list[tuple[int, float]] = field(default_factory=list)
    """Submissions finished -> processor time of a fixed piece of work at that moment."""

    @property
    def start_s(self) -> float:
        """Seconds until the first submission was finished: imports, canaries, expected values."""
        return self.finished_s[0]

    @property
    def per_minute(self) -> float:
        """Submissions a minute over the whole command, including its start."""
        return 60 * len(self.finished_s) / self.wall_s

    @property
    def steady_per_minute(self) -> float:
        """Submissions a minute after the start."""
        return 60 * (len(self.finished_s) - 1) / max(self.finished_s[-1] - self.finished_s[0], 1e-9)

    @property
    def cpu_s_each(self) -> float:
        """Processor time per submission after the start: that of grading it plus a share of the command's own."""
        (first, before), (last, after) = self.command_cpu_s[0], self.command_cpu_s[-1]
        return self.graded_cpu_s + (after - before) / max(last - first, 1)

    @property
    def uneven(self) -> float:
        """The largest relative deviation of a quarter's time from the mean of the four quarters; 0 means linear time."""
        return _largest_deviation(self._quarters())

    @property
    def uneven_work(self) -> float:
        """The same, with each quarter's time divided by that of a fixed piece of work done meanwhile, to cancel the machine's speed."""
        edges = self._edges()
        fixed = [mean([s for n, s in self.probes_s if a < n <= b] or [s for _, s in self.probes_s]) for a, b in itertools.pairwise(edges)]
        return _largest_deviation([q / f for q, f in zip(self._quarters(), fixed, strict=True)])

    def _edges(self) -> list[int]:
        return [round(i * (len(self.finished_s) - 1) / QUARTERS) for i in range(QUARTERS + 1)]

    def _quarters(self) -> list[float]:
        return [self.finished_s[b] - self.finished_s[a] for a, b in itertools.pairwise(self._edges())]

    def memory_at(self, done: int) -> float:
        """Memory of the grading process in MB when that many submissions were finished."""
        return next((mb for n, mb in self.memory_mb if n >= done), self.memory_mb[-1][1])


def run(workspace: Workspace, assignment: str, jobs: int | None) -> Run:
    """Grade the submissions in a workspace and return what was measured."""
    command = [sys.executable, "-m", "autograder", "grade", assignment, "--workspace", str(workspace.root)]
    began, clock = time.time(), time.monotonic()
    with (workspace.root / "grade.txt").open("wb") as output:
        process = subprocess.Popen([*command, *(["--jobs", str(jobs)] if jobs else [])], cwd=REPOSITORY, stdout=output, stderr=output)
    folder = workspace.results / "recorded" / assignment
    memory: list[tuple[int, float]] = []
    cpu: list[tuple[int, float]] = []
    probes: list[tuple[int, float]] = []
    workers, status = 0.0, None
    try:
        while status is None:
            time.sleep(POLL_S)
            done = _count(folder)
            memory.append((done, _resident_mb(process.pid)))
            cpu.append((done, own_cpu_s(process.pid)))
            workers = max(workers, sum(map(_resident_mb, _workers(process.pid))))
            if time.monotonic() - clock > PROBE_S * len(probes):
                probes.append((done, _fixed_work_s()))
            status = process.poll()
    finally:
        # If the measurement is stopped, the command that it measures must stop too.
        process.terminate()
        process.wait()
    wall = time.monotonic() - clock
    if status:
        raise SystemExit(f"autograder grade ended with {status}:\n{(workspace.root / 'grade.txt').read_text()[-3000:]}")
    finished = sorted(p.stat().st_mtime - began for p in folder.glob("*.json"))
    # A process that has just ended has no entry any more.
    alive = [(n, mb) for n, mb in memory if mb]
    used = [(n, s) for n, s in cpu if s]
    graded = list(documents(workspace).values())
    return Run(wall, used, finished, alive, workers, mean(d["cpu_s"] for d in graded), _stages(graded, folder), probes)


def _fixed_work_s() -> float:
    began = time.thread_time()
    sum(i * i for i in range(100_000))
    return time.thread_time() - began


def _largest_deviation(times: list[float]) -> float:
    return max(abs(t / mean(times) - 1) for t in times)


def _workers(pid: int) -> list[int]:
    """Return the processes that a command has started, without the sandboxes."""
    found = [child for child in children(pid) if _command_name(child) != "bwrap"]
    return found + [worker for child in found for worker in _workers(child)]


def _command_name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _count(folder: Path) -> int:
    # Not a glob: with 2,000 files its load would disturb the measurement.
    return sum(name.endswith(".json") and name[0] != "." for name in os.listdir(folder)) if folder.is_dir() else 0


def _resident_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS")), 0.0)


def _stages(graded: list[dict[str, Any]], recorded: Path) -> dict[str, float]:
    """Return the mean wall time of each stage, in seconds."""
    total: Counter[str] = Counter()
    for document in graded:
        total.update(document["stages_s"])
        total["the rest"] += document["elapsed_s"] - sum(document["stages_s"].values())
    entries = [json.loads(p.read_text(encoding="utf-8")) for p in recorded.glob("*.json")]
    total["recording"] = sum(e.get("seconds", 0.0) for e in entries)
    return {name: seconds / len(entries) for name, seconds in total.items()}


def documents(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Return student -> result document, without the canaries."""
    found = (json.loads(path.read_text(encoding="utf-8")) for path in workspace.results.glob("??/*.json"))
    named = {str(d["submission"]): d for d in (each.get("document", each) for each in found)}
    return {name: document for name, document in named.items() if name.startswith("student")}
