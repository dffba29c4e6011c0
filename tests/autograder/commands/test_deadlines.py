"""Does `autograder deadlines` say what the file says?"""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.workspace.workspace import Workspace


@pytest.mark.parametrize(
    ("counts", "shown"), [("in time", "in time"), ("first", "first"), ("2024-05-03 11:00 UTC", "the one of 2024-05-03 11:00 UTC")]
)
def test_which_attempt_counts(counts: str, shown: str, workspace: Workspace) -> None:
    """Does it say which attempt counts, also when that is the attempt of one time?"""
    words = ["deadlines", "first", "--due", "2024-05-03 12:00 UTC", "--counts", counts, "--timezone", "UTC", "--yes"]
    done = CliRunner().invoke(main, [*words, "--workspace", str(workspace.root)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert f"the attempt that counts: {shown}\n" in done.output
