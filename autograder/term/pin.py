"""The version that grades a term: the first run pins the workspace to it, and other versions refuse until somebody upgrades."""

from __future__ import annotations

import shlex

import msgspec

from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.results.digests import REASONS, Parts, course_parts
from autograder.term import journal
from autograder.workspace.saved_settings import PinnedVersion, read_settings, write_settings
from autograder.workspace.workspace import Obstacle, Workspace


def pinned_version(workspace: Workspace) -> PinnedVersion | None:
    """What the term is pinned to; None before anything was graded."""
    return read_settings(workspace.root).graded_by


def pin(workspace: Workspace, course: Course) -> PinnedVersion:
    """Pin the term to what is here now."""
    new = PinnedVersion(course.version, journal.checkout(), course_parts(course))
    settings = read_settings(workspace.root)
    if settings.graded_by != new:
        write_settings(workspace.root, msgspec.structs.replace(settings, graded_by=new))
    return new


def differences(workspace: Workspace, course: Course) -> list[str]:
    """How this checkout would grade differently from the pinned version, in words; empty if it would not, or if nothing is pinned."""
    version = pinned_version(workspace)
    return [] if version is None else _differences(version.parts, course_parts(course))


def _differences(before: Parts, now: Parts) -> list[str]:
    return [REASONS[name] for name in REASONS if name in now and before.get(name) != now[name]]


def pin_or_refuse(workspace: Workspace, course: Course) -> None:
    """Pin a term that is not pinned yet.

    Raises
    ------
    Obstacle
        When it is pinned to something else.
    """
    version = pinned_version(workspace)
    if version is None:
        pin(workspace, course)
    elif found := differences(workspace, course):
        at = f"version {version.version}" + (f", commit {version.commit}" if version.commit else "")
        raise Obstacle(
            f"this term is graded by {at}, and this version could give other marks: {'; '.join(found)}. Nothing was graded. "
            "`autograder upgrade --dry-run` shows whose marks would change, and `autograder upgrade` changes them.\n"
            f"{_how_to_go_on(workspace, version)}"
        )


def _how_to_go_on(workspace: Workspace, version: PinnedVersion) -> str:
    """How the term can go on with the pinned version, as commands if possible."""
    if not version.commit:
        return "To keep the version that graded so far, work in a copy of it."
    if version.commit == journal.checkout():
        return (
            "This is that commit, but the files, Python or numpy differ. To go on as before, undo the changes that `git status` lists "
            "(`git stash` keeps them), and renew the environment with `make setup`."
        )
    folder = f"../{REPOSITORY.name}-{version.commit}"
    return (
        "To keep the earlier version, work in a checkout of its commit:\n"
        f"  git worktree add {folder} {version.commit}\n"
        f"  cd {folder} && make setup && source .venv/bin/activate\n"
        f"  autograder grade --workspace {shlex.quote(str(workspace.root))} --course course/course.toml"
    )
