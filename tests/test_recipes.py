"""Can the recipes in the papers be followed literally, and do the required checks pass afterwards?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.paths import REPOSITORY
from tests.recipes import Edit, commands, copy_of_the_tree, edits, section_with

NEW_TASK = section_with("CONTRIBUTING.md", 'id = "squared-loss"')
NEW_NOTEBOOK = section_with("INSTRUCTOR.md", "`activations/course.toml`")
MOST_FILES = 10
IMPORTS = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
LINT = (
    ("-m", "ruff", "check", "."),
    ("-m", "ruff", "format", "--check", "."),
    ("-m", "codespell_lib"),
    ("-c", IMPORTS),
    ("-m", "vulture"),
    ("-m", "autograder.typecheck"),
)
"""What `make lint` runs."""
# Tests of the whole tree that a new task may break.
WHOLE_TREE = (
    "tests/autograder/checks/test_asks.py",
    "tests/autograder/checks/test_right_code.py::test_tasks_are_solved_in_five_styles",
    "tests/autograder/generate/test_this_course.py",
    "tests/autograder/generate/test_known_mistakes.py",
    "tests/autograder/generate/test_task_hints.py",
    "tests/autograder/mistakes",
    "tests/autograder/practice/test_links.py",
    "tests/autograder/test_titles.py",
    "tests/course/notebooks/test_fully_connected_nets.py",
    "tests/course/notebooks/test_recorded.py",
    "tests/course/test_commands.py",
    "tests/course/test_layers.py",
    "tests/test_readme.py",
)


def environment(root: Path) -> dict[str, str]:
    """The environment of a contributor whose tree is the copy."""
    paths = os.pathsep.join([str(root), str(root / "course" / "src")])
    return {**os.environ, "PYTHONPATH": paths, "COURSENN_COURSE": "", "COURSENN_CACHE_DIR": str(root.parent / "cache")}


def run(root: Path, *words: str) -> str:
    """Run Python in the copy; show its output if it fails."""
    done = subprocess.run([sys.executable, *words], cwd=root, env=environment(root), capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{' '.join(words)}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"


def apply(section: str, root: Path) -> list[Edit]:
    """Make all edits of a section in the copy."""
    found = edits(section)
    for edit in found:
        edit.apply(root)
    return found


def lint(root: Path) -> list[str]:
    """Return the messages of `make lint`."""
    return [said for tool in LINT if (said := run(root, *tool))]


def test_the_recipe_touches_few_files() -> None:
    """Are at most ten files edited by hand, and is every command of the recipe one that the test below runs?"""
    assert len({edit.file for edit in edits(NEW_TASK)}) <= MOST_FILES
    assert commands(NEW_TASK)[-3:] == ["make generate", "make check TASK=squared-loss", "make lint"]
    assert all((REPOSITORY / edit.file).is_file() for edit in edits(NEW_TASK))


def test_each_block_has_its_place() -> None:
    """Is the line that a block goes above or below there, and is there only one?"""
    for edit in edits(NEW_TASK):
        if edit.beside:
            edit.line((REPOSITORY / edit.file).read_text(encoding="utf-8"))


def test_the_copy_is_complete(tmp_path: Path) -> None:
    """Is every module of the tree in the copy, even if its folder has the name of one that builds make?"""
    root = copy_of_the_tree(tmp_path / "tree")
    for part in ("autograder", "benchmarks", "course/src", "course/solutions", "tests"):
        sources = [path.relative_to(REPOSITORY) for path in (REPOSITORY / part).rglob("*.py") if not path.match("*/.*/*")]
        assert not [name for name in sources if not (root / name).is_file()]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_task_is_added_in_one_sitting(tmp_path: Path) -> None:
    """Does the recipe of CONTRIBUTING.md, followed literally, end green?"""
    root = copy_of_the_tree(tmp_path / "tree")
    apply(NEW_TASK, root)
    said = [run(root, "-m", "autograder", "dev", "generate")]
    assert not said[0], said[0]
    said.append(run(root, "-m", "autograder", "dev", "generate", "--check"))
    said.append(run(root, "-m", "tests.one_task", "squared-loss"))
    said.append(run(root, "-m", "autograder", "dev", "audit", "--sentences", "--quiet", "--task", "squared-loss"))
    said += lint(root)
    said.append(run(root, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow and not browser", *WHOLE_TREE))
    assert not [text for text in said if text], "\n\n".join(said)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_notebook_of_ones_own_is_added(tmp_path: Path) -> None:
    """Does the example of INSTRUCTOR.md, followed literally, end green, from the manifest to the release?"""
    root = copy_of_the_tree(tmp_path / "tree")
    made = apply(NEW_NOTEBOOK, root)
    assert {edit.place for edit in made} >= {"whole"}
    manifest = root / "course" / "course.toml"
    block = next(part for part in NEW_NOTEBOOK.split("```toml\n") if part.startswith("extras")).split("```")[0]
    lines, assignment = block.split("\n", 1)
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("extras = []", lines) + assignment, encoding="utf-8")
    said = []
    for command in commands(NEW_NOTEBOOK):
        words = command.split()
        assert words[0] in ("make", "autograder"), command
        if words[:2] == ["make", "check"]:
            said.append(run(root, "-m", "tests.one_task", words[2].removeprefix("TASK=")))
        else:
            said.append(run(root, "-m", "autograder", *words[1:]))
    said.append(run(root, "-m", "autograder", "generate", "--check"))
    assert not [text for text in said if text], "\n\n".join(said)
