"""Honest submissions, no two alike: the reference in every mixture of the right styles that the tests keep."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
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


def names(count: int) -> list[str]:
    """Names of that many students, in alphabetical order."""
    return [f"student{n:05d}" for n in range(count)]


def mixtures() -> Iterator[dict[str, str | None]]:
    """Yield file -> style, for all mixtures, over and over."""
    for chosen in itertools.cycle(itertools.product(*CHOICES.values())):
        yield dict(zip(CHOICES, chosen, strict=True))


def hand_in_all(course: Course, released: Path, submitted: Path, count: int, assignment: str) -> None:
    """Write submissions below ``submitted``. No two have the same bytes, so no result can come from a cache."""
    template = submitted.parent / "finished"
    work(course, Student("template", "", "", ""), released, template)
    finished = {name: finished_file(course, name) for name in course.editable}
    for name, mixture in zip(names(count), mixtures(), strict=False):
        folder = submitted / name / assignment
        shutil.copytree(template, folder, copy_function=_link)
        for file, style in mixture.items():
            own = "" if style is None else "\n\n" + (STYLES / f"{style}.py").read_text(encoding="utf-8")
            path = folder / "coursenn" / file
            path.unlink()
            path.write_text(f"{finished[file]}{own}\n\n# The work of {name}.\n", encoding="utf-8")
    shutil.rmtree(template)


def _link(source: str, target: str) -> str:
    # Two thousand copies of the same trained networks would fill a small disk.
    Path(target).hardlink_to(source)
    return target
