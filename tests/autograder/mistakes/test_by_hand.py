"""Are mistakes named in code as students write it, with other loops, algebra and caches than the reference's?

Each file of ``by_hand`` is named after an entry of the catalogue and holds that misconception in functions written from the
sentence of the entry, not from its code. Mechanical restyling keeps the formulas of an entry; these do not.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.audit.shared import SharedSandbox
from autograder.engine.naming import Naming, naming
from autograder.manifest import Course
from autograder.mistakes import Mistake, load_mistakes
from tests.autograder.engine._observed import graded

BY_HAND = sorted((Path(__file__).resolve().parent / "by_hand").glob("*.py"))
RATE = 0.88
"""Not all are named: a version that does a little more or less than its entry gets no name."""
SEED = "by hand"


@pytest.fixture(scope="module")
def names(course: Course, reference: Path) -> Naming:
    """The naming of this course, shared by the tests."""
    return naming(course, reference, SEED)


@pytest.fixture(scope="module")
def entries(course: Course) -> dict[str, Mistake]:
    """The catalogue, by id."""
    return {m.id: m for m in load_mistakes(course)}


def entry_of(path: Path) -> str:
    """The entry that a file belongs to; the name of a second version has an underscore and a word after the id."""
    return path.stem.split("_")[0]


def test_every_family_has_versions_by_hand(course: Course, entries: dict[str, Mistake]) -> None:
    """Are there versions for every module of the course, and at least 270 in all?"""
    tasks = {entries[entry_of(path)].task for path in BY_HAND}
    assert len(BY_HAND) >= 270
    assert {t.checks for t in course.tasks if not t.model} <= {course.task(t).checks for t in tasks}


def write_package(reference: Path, file: str, path: Path, folder: Path) -> Path:
    """Write the reference with the definitions of a hand-written version in place of its own."""
    shutil.copytree(reference / "coursenn", folder / "coursenn", ignore=shutil.ignore_patterns("__pycache__"))
    target = folder / "coursenn" / file
    target.write_text(target.read_text(encoding="utf-8") + "\n\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


@pytest.mark.slow
def test_mistakes_are_named_in_code_by_hand(
    names: Naming, entries: dict[str, Mistake], reference: Path, sandbox: SharedSandbox, tmp_path: Path
) -> None:
    """Does each version fail a check, and are at least 88 % of them named?"""
    unnamed, unsure = [], []
    for path in BY_HAND:
        mistake = entries[entry_of(path)]
        package = write_package(reference, mistake.file, path, tmp_path / path.stem)
        evidence = graded(names, sandbox, package, mistake.task)
        assert not all(e.passed for e in evidence), f"{path.stem} has full marks"
        found = [m.id for m in names.name(names.course.task(mistake.task), evidence).mistakes]
        if mistake.id not in found:
            unnamed.append(f"{path.stem}: {', '.join(found) or 'nothing'}")
        elif len(found) > 1:
            unsure.append(f"{path.stem}: {', '.join(found)}")
    rate = 1 - len(unnamed) / len(BY_HAND)
    print(f"named in code by hand: {len(BY_HAND) - len(unnamed)} of {len(BY_HAND)} ({rate:.1%}), {len(unsure)} of them with others")
    print("\n".join(["not named:", *unnamed, "not told apart:", *unsure]))
    assert rate >= RATE, "\n".join(unnamed)
