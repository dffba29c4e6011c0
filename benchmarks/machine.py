"""What a benchmark ran on: a figure says nothing without it."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import Any

import numpy as np


def processor() -> str:
    """The kind of processor, as the system names it."""
    info = Path("/proc/cpuinfo")
    model = re.search(r"^model name\s*:\s*(.+)$", info.read_text(encoding="utf-8"), re.MULTILINE) if info.is_file() else None
    return model[1].strip() if model else platform.processor() or platform.machine()


def load() -> float:
    """How many processes wanted to run in the last minute, on average."""
    return round(os.getloadavg()[0], 1)


def machine() -> dict[str, Any]:
    """Processor, system, libraries, and what else the machine does as the measurement begins."""
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "load": load(),
    }
