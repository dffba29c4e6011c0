"""How far a run is: a bar in a terminal, a line each minute in a log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINE_EVERY_S = 60.0


@dataclass
class Counts:
    """Where a run stands."""

    total: int
    done: int = 0
    """Looked at, whether graded, unchanged or failed."""
    graded: int = 0
    failed: int = 0
    now: str = ""
    """Who was done last, or what is under way."""
    _began: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """Count rate and time left from now on."""
        self._began = time.monotonic()

    def per_minute(self) -> float | None:
        """Submissions a minute since the first was begun; None when nothing can be said yet."""
        elapsed = time.monotonic() - self._began
        return 60.0 * self.done / elapsed if self.done and elapsed > 0 else None

    def seconds_left(self) -> float | None:
        """At the rate so far."""
        rate = self.per_minute()
        return 60.0 * (self.total - self.done) / rate if rate else None

    def line(self) -> str:
        """All of it in one line."""
        text = f"{self.done} of {self.total} done, {self.failed} failed"
        rate, left = self.per_minute(), self.seconds_left()
        if rate is None or left is None:
            return text
        return text + f", {rate:.0f} a minute, about {duration(left)} left"


def duration(seconds: float) -> str:
    """A time span as people say it."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{round(seconds)} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


class Show(Protocol):
    """Is told of every step of a run."""

    def __call__(self, counts: Counts) -> None:
        """Show where the run stands; called often, cheap when there is nothing new to show."""


@contextmanager
def shown(console: Console, line_every_s: float = LINE_EVERY_S) -> Iterator[Show]:
    """Something that shows progress as fits the place: a bar in a terminal, lines where there is none."""
    if console.is_terminal:
        with _bar(console) as show:
            yield show
    else:
        yield _Lines(console, line_every_s)


class _Lines:
    def __init__(self, console: Console, every_s: float) -> None:
        self.console, self.every_s, self.last = console, every_s, time.monotonic()

    def __call__(self, counts: Counts) -> None:
        if time.monotonic() - self.last >= self.every_s:
            self.last = time.monotonic()
            self.console.print(counts.line(), highlight=False, soft_wrap=True)


@contextmanager
def _bar(console: Console) -> Iterator[Show]:
    columns = (
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed, {task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("left, {task.fields[now]}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None, failed=0, rate="-", now="")

        def show(counts: Counts) -> None:
            rate = counts.per_minute()
            progress.update(
                task,
                total=counts.total,
                completed=counts.done,
                failed=counts.failed,
                rate="-" if rate is None else f"{rate:.0f} a minute",
                now=escape(counts.now[:40]),
            )

        yield show
