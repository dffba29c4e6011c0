"""Is the version written in one place, and does everything that states it agree?"""

from __future__ import annotations

import tomllib
from pathlib import Path

import yaml
from click.testing import CliRunner

from autograder.cli import main
from autograder.generate.citation import RELEASE
from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.version import VERSION

HOME = "course/course.toml"
HISTORY = ("CHANGELOG.md", "book/changelog.md")
"""These also name past versions."""
GENERATED = ("CITATION.cff", "course/src/coursenn/tasks.json")
READ = (".py", ".toml", ".md", ".cff", ".json", ".cfg", ".yml")


def texts() -> list[Path]:
    """Return files that may state a version: no tests, recordings or build products."""
    folders = [REPOSITORY, *(REPOSITORY / name for name in ("autograder", "course", "book", "benchmarks", ".github"))]
    found = {path for folder in folders[1:] for path in folder.rglob("*")} | set(REPOSITORY.iterdir())
    left_out = {"build", "recorded", "notebooks", "node_modules", "_build"}
    return [
        path for path in sorted(found) if path.is_file() and path.suffix in READ and not left_out & set(path.relative_to(REPOSITORY).parts)
    ]


def test_the_version_has_one_home(course: Course) -> None:
    """Is it typed only in the manifest and the change logs, and generated only in two files?"""
    places = {path.relative_to(REPOSITORY).as_posix() for path in texts() if f'"{course.version}"' in path.read_text(encoding="utf-8")}
    quoted = {path.relative_to(REPOSITORY).as_posix() for path in texts() if f"'{course.version}'" in path.read_text(encoding="utf-8")}
    assert places | quoted <= {HOME, *GENERATED, *HISTORY}
    assert HOME in places


def test_everything_states_the_version_of_the_manifest(course: Course) -> None:
    """Do the package, the command, the citation and the change log say what the manifest says?"""
    import coursenn

    assert VERSION == course.version == coursenn.__version__
    assert CliRunner().invoke(main, ["--version"]).output == f"autograder, version {course.version}\n"
    cited = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    released = {m["version"]: m["date"] for m in RELEASE.finditer((REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"))}
    assert cited["version"] == course.version
    assert str(cited["date-released"]) == released[course.version]
    for folder in ("", "course"):
        project = tomllib.loads((REPOSITORY / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert project["dynamic"] == ["version"]
        assert "version" not in project


def test_the_change_log_is_one_that_tools_read() -> None:
    """Is each release below the newer one, with the kinds of change of Keep a Changelog, and a section for the next change?"""
    lines = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    releases = [line for line in lines if line.startswith("## ")]
    assert releases[0] == "## [Unreleased]"
    dates = [RELEASE.match(line)["date"] for line in releases[1:]]  # type: ignore[index]
    assert dates == sorted(dates, reverse=True)
    kinds = {line.removeprefix("### ") for line in lines if line.startswith("### ")}
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
