"""The sandbox in which wrong submissions are graded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.audit.shared import SharedSandbox
from autograder.sandbox.sandbox import problem


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SharedSandbox]:
    """The sandbox in which submissions run; plain processes on a machine without one."""
    shared = SharedSandbox(tmp_path, unsafe=problem() is not None)
    yield shared
    shared.close()
