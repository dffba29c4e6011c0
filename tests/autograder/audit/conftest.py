"""Versions of `relu_forward` that the tests of mutants share."""

from __future__ import annotations

import pytest

from autograder.audit.mutants import Mutant
from autograder.manifest import Course


@pytest.fixture
def relu_mutants(course: Course) -> tuple[Mutant, ...]:
    """The unchanged reference, a version with wrong numbers, and one that exits."""
    source = course.reference("layers.py").read_text(encoding="utf-8")
    numbers = source.replace("np.maximum(x, 0)", "np.maximum(x, 1)")
    exits = source.replace("out = np.maximum(x, 0)", "raise SystemExit(0)")
    assert len({source, numbers, exits}) == 3
    return tuple(
        Mutant("layers.relu_forward", "layers.py", "", name, text)
        for name, text in (("unchanged", source), ("numbers", numbers), ("exits", exits))
    )
