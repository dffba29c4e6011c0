"""Honest submissions, no two of them alike: the reference in every mixture of the correct styles kept in the tests."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from autograder.demo.play import work
from autograder.demo.sample_class import Student, finished_file
from autograder.manifest import Course
from autograder.paths import REPOSITORY

STYLES = REPOSITORY / "tests" / "autograder" / "checks" / "styles"
CHOICES = {
    "layers.py": (None, "layers_einsum", "layers_loops"),
    "layer_utils.py": (None, "utils_closures"),
    "optim.py": (None, "optim_copies"),
    "classifiers/fc_net.py": (None, "fc_net_tape"),
    "classifiers/cnn.py": (None, "cnn_naive"),
}
WITH_LOOPS = ("layers_loops", "utils_closures", "cnn_naive")
"""Styles that need loops in Python, or call the layers that students may write with loops: they take many times as long as the others."""
VECTORISED = {file: tuple(style for style in styles if style not in WITH_LOOPS) for file, styles in CHOICES.items()}
"""The choices of a class without them, in which the grader's time counts and not the time of the students' code."""
Choices = Mapping[str, Sequence[str | None]]


def student_name(number: int) -> str:
    """Return the name of a student; the names are in alphabetical order."""
    return f"student{number:05d}"


def mixtures(choices: Choices = CHOICES) -> Iterator[dict[str, str | None]]:
    """Yield file -> style for all mixtures, repeating endlessly."""
    for chosen in itertools.cycle(itertools.product(*choices.values())):
        yield dict(zip(choices, chosen, strict=True))


def honest_work(course: Course, choices: Choices = CHOICES) -> Iterator[dict[str, str]]:
    """Yield the editable files of one finished submission after another, endlessly."""
    files = {name: finished_file(course, name) for name in course.editable}
    for mixture in mixtures(choices):
        own = {
            file: "" if style is None else "\n\n" + (STYLES / f"{style}.py").read_text(encoding="utf-8") for file, style in mixture.items()
        }
        yield {name: files[name] + own[name] for name in files}


def hand_in_all(course: Course, released: Path, submitted: Path, works: Iterable[dict[str, str]], assignment: str) -> None:
    """Write submissions below ``submitted``. No two are identical, so no result can come from a cache.

    Parameters
    ----------
    works : the editable files of each student.
    """
    template = submitted.parent / "finished"
    work(course, Student("template", "", "", ""), released, template)
    for number, files in enumerate(works):
        name = student_name(number)
        folder = submitted / name / assignment
        shutil.copytree(template, folder, copy_function=_link)
        for file, text in files.items():
            path = folder / "coursenn" / file
            path.unlink()
            path.write_text(f"{text}\n\n# The work of {name}.\n", encoding="utf-8")
    shutil.rmtree(template)


def _link(source: str, target: str) -> str:
    # Two thousand copies of the same trained networks would fill a small disk.
    Path(target).hardlink_to(source)
    return target
