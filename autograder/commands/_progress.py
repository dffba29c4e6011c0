"""How far a long command is: a bar in a terminal, a line at each tenth in a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def tenths(what: str, console: Console, quiet_up_to: int = 0) -> Iterator[Callable[[int, int], None]]:
    """A function to call with the number of things done and of all things.

    Parameters
    ----------
    what : what is counted, such as ``hand-ins``.
    console : where the progress is written.
    quiet_up_to : up to this many things, no progress is shown.
    """
    columns = (BarColumn(bar_width=30), MofNCompleteColumn(), TextColumn(what + ","), TimeRemainingColumn(compact=True), TextColumn("left"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None, visible=False)
        said = 0

        def show(done: int, total: int) -> None:
            nonlocal said
            bar.update(task, completed=done, total=total, visible=total > quiet_up_to)
            tenth = 10 * done // max(total, 1)
            if not console.is_terminal and total > quiet_up_to and tenth > said:
                said = tenth
                console.print(f"{done} of {total} {what}", highlight=False, soft_wrap=True)

        yield show
