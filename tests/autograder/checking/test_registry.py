"""Do contracts and edge cases together have a tenth of a task's weight, for any number of them?"""

from __future__ import annotations

import pytest

from autograder.checking import Check, Kind, Session, weighed
from autograder.checking.registry import SMALL
from autograder.engine.catalogue import checks_of
from autograder.manifest import Course


def _nothing(s: Session) -> None: ...


def _check(name: str, weight: float, kind: Kind) -> Check:
    return Check("task", name, "asks", weight, _nothing, kind)


def test_contracts_share_a_tenth() -> None:
    """Do two behaviours have nine tenths of the weight if there are five contracts?"""
    checks = weighed(
        [_check(f"c{i}", 1.0, Kind.CONTRACT) for i in range(5)] + [_check("a", 2, Kind.BEHAVIOUR), _check("b", 1, Kind.BEHAVIOUR)]
    )
    total = sum(c.weight for c in checks)
    assert [c.name for c in checks][:2] == ["a", "b"]
    assert sum(c.weight for c in checks[2:]) / total == pytest.approx(0.1)
    assert checks[0].weight == 2 * checks[1].weight


def test_a_task_of_behaviours_only_keeps_their_weights() -> None:
    """Are the weights unchanged in a task without contracts?"""
    assert [c.weight for c in weighed([_check("a", 2, Kind.BEHAVIOUR)])] == [2]


def test_contracts_alone_are_refused() -> None:
    """Is a task without a check of its behaviour refused?"""
    with pytest.raises(ValueError, match="behaviour"):
        weighed([_check("c", 1, Kind.CONTRACT)])


def test_in_this_course(course: Course) -> None:
    """Do contracts and edge cases have at most a tenth of the weight of every task of the course?"""
    for task in course.tasks:
        if not task.model:
            checks = checks_of(course, task)
            small = sum(c.weight for c in checks if c.kind in SMALL)
            assert small / sum(c.weight for c in checks) < 0.1 + 1e-9, task.id
