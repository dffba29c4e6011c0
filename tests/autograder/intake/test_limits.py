"""What is passed over as clutter, when work is collected and when it is graded?"""

from __future__ import annotations

import pytest

from autograder.intake.limits import COLLECTED_CLUTTER, STAGED_CLUTTER


@pytest.mark.parametrize(
    ("name", "collected", "staged"),
    [
        ("coursenn/layers.py", False, False),
        ("git/layers.py", False, False),
        ("coursenn/__pycache__/layers.cpython-311.pyc", True, True),
        ("__MACOSX/coursenn/layers.py", True, True),
        (".git", True, True),
        ("a/.venv/b/c.py", True, True),
        ("coursenn/fast.cpython-311-x86_64-linux-gnu.so", True, True),
        ("a/Thumbs.db", True, True),
        ("Thumbs.db/a", False, False),
        (".idea/workspace.xml", False, True),
        ("coursenn/layers.pyo", False, True),
        ("coursenn/._layers.py", False, True),
    ],
)
def test_what_is_clutter(name: str, collected: bool, staged: bool) -> None:
    """Is a path recognised by its folders, its name or its ending, each of the two lists for itself?"""
    assert (name in COLLECTED_CLUTTER, name in STAGED_CLUTTER) == (collected, staged)
