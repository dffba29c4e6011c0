"""How far a run is: a bar in a terminal, a line each minute in a log."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINE_EVERY_S = 60.0
NAMED_SLOW = 3


@dataclass
class RunProgress:
    """How far a run is."""

    total: int
    done: int = 0
    """Submissions that are done: graded, unchanged or failed."""
    graded: int = 0
    failed: int = 0
    slow: dict[str, None] = field(default_factory=dict)
    """Students whose work is graded after all others, in order."""
    now: str = ""
    """The student done last, or what is under way."""
    started: float = field(default_factory=time.monotonic)

    def restart_clock(self) -> None:
        """Count rate and time left from now."""
        self.started = time.monotonic()

    def per_minute(self) -> float | None:
        """Submissions per minute since the clock was started; None if it is too early to say."""
        elapsed = time.monotonic() - self.started
        return 60.0 * self.done / elapsed if self.done and elapsed > 0 else None

    def seconds_left(self) -> float | None:
        """Seconds until all are done, at the rate so far; None if it is too early to say."""
        rate = self.per_minute()
        return 60.0 * (self.total - self.done) / rate if rate else None

    def slow_text(self) -> str:
        """Whose slow work is left for the end; empty if there is none."""
        if not self.slow:
            return ""
        named = ", ".join(itertools.islice(self.slow, NAMED_SLOW)) + (", ..." if len(self.slow) > NAMED_SLOW else "")
        return f", {len(self.slow)} slow and graded last ({named})"

    def line(self) -> str:
        """All of it in one line."""
        text = f"{self.done} of {self.total} done, {self.failed} failed{self.slow_text()}"
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


class ProgressDisplay(Protocol):
    """Shows how far a run is."""

    def __call__(self, progress: RunProgress) -> None:
        """Called often; cheap when there is nothing new to show."""


@contextmanager
def show_progress(console: Console, line_every_s: float = LINE_EVERY_S) -> Iterator[ProgressDisplay]:
    """Show progress with a bar in a terminal, and with lines elsewhere."""
    if console.is_terminal:
        with _bar(console) as show:
            yield show
    else:
        yield _LogLines(console, line_every_s)


class _LogLines:
    def __init__(self, console: Console, every_s: float) -> None:
        self.console, self.every_s, self.last = console, every_s, time.monotonic()

    def __call__(self, progress: RunProgress) -> None:
        if time.monotonic() - self.last >= self.every_s:
            self.last = time.monotonic()
            self.console.print(progress.line(), highlight=False, soft_wrap=True)


@contextmanager
def _bar(console: Console) -> Iterator[ProgressDisplay]:
    columns = (
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed{task.fields[slow]}, {task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("left, {task.fields[now]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, failed=0, slow="", rate="-", now="")

        def show(progress: RunProgress) -> None:
            rate = progress.per_minute()
            bar.update(
                task,
                total=progress.total,
                completed=progress.done,
                failed=progress.failed,
                slow=escape(progress.slow_text()),
                rate="-" if rate is None else f"{rate:.0f} a minute",
                now=escape(progress.now[:40]),
            )

        yield show
