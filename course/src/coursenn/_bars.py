"""Progress bars of trainings, sweeps and downloads, of which a saved notebook keeps one line each."""

from __future__ import annotations

import sys
from typing import Any


def progress_bar(label: str, total: int | None, done: int = 0, **settings: Any) -> Any:
    """A bar of tqdm, or None when tqdm is not installed.

    Parameters
    ----------
    label : written before the bar.
    total : how many steps there are; None when that is not known.
    done : how many of them are done already.
    **settings : of tqdm.

    Returns
    -------
    the bar. Its ``write(line)`` prints a line to stdout and leaves the bar whole. In a notebook the bar has an output of its own, so
    that a line printed in another way does not cut it either.
    """
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    if _in_notebook():
        # Each bar of a cell has an output of its own, and is at the top of it.
        return tqdm(desc=label, total=total, initial=done, mininterval=0.5, ascii=False, file=_ChangingOutput(), position=0, **settings)
    return tqdm(desc=label, total=total, initial=done, **settings)


class _ChangingOutput:
    """An output of a notebook that shows the line that was written last."""

    def __init__(self) -> None:
        self._handle: Any = None

    def write(self, text: str) -> None:
        """Show a line in place of the one before; blanks that would wipe it out in a terminal change nothing."""
        line = text.strip("\r\n ")
        if not line:
            return
        if self._handle is None:
            from IPython.display import display

            self._handle = display({"text/plain": line}, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update({"text/plain": line}, raw=True)

    def flush(self) -> None:
        """Do nothing: a line is shown at once."""


def _in_notebook() -> bool:
    """Whether this is a kernel that can change an output; a terminal with IPython cannot."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and all(kind.__name__ != "TerminalInteractiveShell" for kind in type(shell).__mro__)
