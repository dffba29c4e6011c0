"""Does a session request the values that a check needs, at the right time, and no more often than necessary?"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from autograder.checking import Draw, Observation, Session
from autograder.sandbox.local import LocalBackend


@pytest.fixture
def session(reference: Path) -> Session:
    """A session with the reference."""
    return Session(LocalBackend(reference), Draw(np.random.default_rng(0)))


def _looked_at(session: Session, at_once_s: float, works_s: float) -> list[str]:
    session.backend.at_once_s = at_once_s

    def look(size: int) -> None:
        time.sleep(works_s)
        session.compare(f"size {size}", session.put(np.ones(size)))

    session.growing(1.0, (1, 2, 3), look)
    return [item.name for item in session.finish() if isinstance(item, Observation) and item.large]


def test_fast_code_gets_only_the_smallest_size(session: Session) -> None:
    """Is fast code spared the large inputs?"""
    assert _looked_at(session, at_once_s=0.5, works_s=0.0) == ["size 1"]


def test_slow_code_gets_every_size(session: Session) -> None:
    """Does slow code get the large inputs?"""
    assert _looked_at(session, at_once_s=0.01, works_s=0.02) == ["size 1", "size 2", "size 3"]


def test_the_reference_gets_every_size(session: Session) -> None:
    """Does the reference compute an expected value for every size?"""
    assert _looked_at(session, at_once_s=session.backend.at_once_s, works_s=0.0) == ["size 1", "size 2", "size 3"]


def test_requested_arrays_keep_their_values(session: Session) -> None:
    """Does a value that is read later have the entries that it had when it was requested?"""
    held = session.put({"a": np.zeros(2), "b": np.ones(3)})
    before = session.later({"a": held["a"], "b": held["b"]})
    session.fill(held, {"a": np.full(2, 5.0), "b": np.full(3, 6.0)})
    after = session.later({"a": held["a"], "b": held["b"]})
    session.settle()
    assert (before()["a"].tolist(), before()["b"].tolist()) == ([0, 0], [1, 1, 1])
    assert (after()["a"].tolist(), after()["b"].tolist()) == ([5, 5], [6, 6, 6])
