"""Whether a process is still running, for tests of processes that must end."""

from __future__ import annotations

import psutil


def runs(process: int) -> bool:
    """Return whether a process exists and has not ended: an ended one without a parent remains until process 1 collects it."""
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
