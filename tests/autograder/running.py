"""Whether a process still runs, for tests of what must end."""

from __future__ import annotations

import psutil


def runs(process: int) -> bool:
    """Whether it is there and has not ended: an ended one whose parent is gone too waits for the first process of the machine."""
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
