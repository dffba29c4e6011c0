"""Are the workflows pinned, with no more permissions than they need?"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from autograder.paths import REPOSITORY

WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+$")


def jobs(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_named_by_commit(path: Path) -> None:
    """Is each action pinned to a commit, with its version next to it?"""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert lines
    assert not [line for line in lines if not PINNED.search(line)]


def test_one_action_has_one_version() -> None:
    """Do all workflows use the same commit of an action?"""
    found: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for name, commit in re.findall(r"uses: ([\w./-]+)@(\S+)", path.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(commit)
    assert {name: commits for name, commits in found.items() if len(commits) > 1} == {}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_may_only_read(path: Path) -> None:
    """May workflows only read, except the one job that publishes, which runs nothing from the repository?"""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert document["permissions"] == {"contents": "read"}
    for job in document["jobs"].values():
        if "permissions" in job:
            assert all("uses" in step and "checkout" not in step["uses"] for step in job["steps"])
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
        assert job["timeout-minutes"] <= 60


def test_every_supported_python_is_tested() -> None:
    """Are autograder and student package tested on each Python from the oldest to the newest for which the lock is made?"""
    tests = jobs(REPOSITORY / ".github" / "workflows" / "tests.yml")
    (oldest,) = [step["with"]["python-version"] for step in tests["everything"]["steps"] if "setup-python" in step.get("uses", "")]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={oldest}"
    assert [oldest, *tests["autograder"]["strategy"]["matrix"]["python"]] == tests["student-package"]["strategy"]["matrix"]["python"]
