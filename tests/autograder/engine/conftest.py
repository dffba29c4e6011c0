"""Fixtures shared by the tests of the engine."""

from __future__ import annotations

import pytest

from autograder.sandbox.process import Process
from autograder.sandbox.process_tree import Load, ProcessTree


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Load]:
    """The modules that each process of a check has loaded."""
    loads: list[Load] = []
    start = ProcessTree.start

    def spy(self: ProcessTree, load: Load, *others: object) -> Process:
        loads.append(load)
        return start(self, load, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(ProcessTree, "start", spy)
    return loads
