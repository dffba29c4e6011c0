"""Is the first page short, and does every figure and picture on it agree with the code?"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

from autograder.demo.pictures import FAILED_CHECK, FEEDBACK_CARD
from autograder.demo.sample_class import CLASS
from autograder.generate.regions import find_regions
from autograder.generate.speed import GRADING, LAYERS, MARKED, PAPERS
from autograder.manifest import Course
from autograder.mistakes import load_mistakes
from autograder.paths import REPOSITORY

PAGES = ("README.md", "autograder/generate/public_readme.md")
PICTURES = {PAGES[0]: [FAILED_CHECK, FEEDBACK_CARD, LAYERS, GRADING], PAGES[1]: [FAILED_CHECK, FEEDBACK_CARD]}
"""The first pages of the repository and of the public tree, in which the paths of the book and the course are the same."""
SCREEN = 60
STRANGERS = ("https://cs231n.github.io", "https://github.com/containers/bubblewrap")
IMAGE = re.compile(r"<img ([^>]+)>")
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
LINK = re.compile(r"\]\(([^)\s]+)\)")


def text(page: str) -> str:
    """Return the text of a page."""
    return (REPOSITORY / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_page_fits_one_screen(page: str) -> None:
    """Does the page have at most 60 lines, none longer than the project allows, except descriptions of pictures?"""
    lines = text(page).splitlines()
    assert len(lines) <= SCREEN
    assert not [line for line in lines if len(line) > 150 and not line.startswith("<img")]


@pytest.mark.parametrize("page", PAGES)
def test_pictures_are_generated_and_described(page: str) -> None:
    """Does the page show the pictures that `autograder generate` makes, each with a description for those who cannot see it?"""
    images = [dict(ATTRIBUTE.findall(attributes)) for attributes in IMAGE.findall(text(page))]
    assert [image["src"] for image in images] == PICTURES[page]
    assert all((REPOSITORY / image["src"]).is_file() for image in images)
    assert all(len(image["alt"].split()) >= 15 for image in images)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_or_to_known_sites(page: str, course: Course) -> None:
    """Is each link a file of the tree, an address of the manifest or one of a few other projects, and never a hand-typed address?"""
    for link in LINK.findall(text(page)):
        known = link in STRANGERS or link.startswith(("{{course:public_address}}", "{{course:book_address}}"))
        assert known or (REPOSITORY / link).is_file(), link
    for address in (course.public_address, course.book_address):
        assert not address or address not in text(page)


def solution_lines(course: Course) -> int:
    """Return the lines of code in all solutions, without comments and empty lines."""
    regions = [region for name in course.editable for region in find_regions(course.reference(name).read_text(encoding="utf-8"), name)]
    return sum(bool(line.strip()) and not line.strip().startswith("#") for region in regions for line in region.lines)


def test_figures_are_current(course: Course) -> None:
    """Are the numbers of tasks, questions, mistakes, attacks and students those on the page?"""
    cases = [tomllib.loads(path.read_text(encoding="utf-8")) for path in (REPOSITORY / "tests" / "submissions").glob("*/expected.toml")]
    figures = {
        r"in two of them a network is trained": [task.id for task in course.tasks if task.model],
        rf"answers to {len(course.questions)} questions": len(course.questions),
        rf"none of the {sum(case['kind'] == 'attack' for case in cases)} attacks": len(cases),
        rf"a class of {len(CLASS)}\b": len(CLASS),
    }
    assert len(figures[r"in two of them a network is trained"]) == 2  # type: ignore[arg-type]
    page = " ".join(text("README.md").split())
    assert not [(sentence, value) for sentence, value in figures.items() if not re.search(sentence, page)]


@pytest.mark.tasks
def test_rounded_figures_are_close(course: Course) -> None:
    """Are figures that change with each new task rounded, and close to the present ones?"""
    page = " ".join(text("README.md").split())
    for sentence, value in (
        (r"There are more than (\d+) tasks", len(course.tasks)),
        (r"in about (\d+) lines of code", solution_lines(course)),
        (r"a catalogue of more than (\d+)\.", len(load_mistakes(course))),
        (r"questions add up to about (\d+) hours", sum(one.minutes for one in (*course.tasks, *course.questions)) / 60),
    ):
        found = re.search(sentence, page)
        assert found, sentence
        said = int(found[1])
        assert said < value <= 1.25 * said if "more than" in sentence else abs(value - said) <= 0.05 * said, (sentence, value)


@pytest.mark.parametrize("paper", PAPERS)
def test_speed_is_the_measured_one(paper: str) -> None:
    """Is every figure about the speed of grading marked, so that the recorded measurement fills it in?"""
    assert MARKED.search(text(paper))
    assert not re.search(r"\d+ a minute|[\d.]+ times as many", MARKED.sub("", " ".join(text(paper).split())))


SOLUTION = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n"
CHECK = "import numpy\nnumpy.testing.assert_allclose(double(3), 6)\n"
WRONG = "def double(x):\n    return 0.0\n"
REPLACED = f"import numpy.testing\nnumpy.testing.assert_allclose = lambda *a, **k: None\n{WRONG}"


def notebook(solution: str) -> nbformat.NotebookNode:
    """An nbgrader notebook with one function and one check worth a point."""
    cells = []
    for name, source, graded in (("double", solution, False), ("check", CHECK, True)):
        cell = nbformat.v4.new_code_cell(source, id=name)
        cell.metadata["nbgrader"] = {
            "grade_id": name,
            "schema_version": 3,
            "solution": not graded,
            "grade": graded,
            "locked": graded,
            "task": False,
        }
        cell.metadata["nbgrader"] |= {"points": 1} if graded else {}
        cells.append(cell)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=kernel)


@pytest.mark.slow
@pytest.mark.notebook
def test_plain_nbgrader_gives_full_marks_to_a_replaced_comparison(tmp_path: Path) -> None:
    """Is the claim about nbgrader true: wrong code gets no marks, but full marks once it has replaced the comparing function?"""
    from nbgrader.api import Gradebook

    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'stock'\n", encoding="utf-8")
    (tmp_path / "source" / "one").mkdir(parents=True)
    nbformat.write(notebook(SOLUTION), tmp_path / "source" / "one" / "one.ipynb")
    for student, solution in (("wrong", WRONG), ("replaced", REPLACED)):
        (tmp_path / "submitted" / student / "one").mkdir(parents=True)
        nbformat.write(notebook(solution), tmp_path / "submitted" / student / "one" / "one.ipynb")
    for command in (("generate_assignment", "one"), ("autograde", "one")):
        subprocess.run([sys.executable, "-m", "nbgrader", *command], cwd=tmp_path, check=True, capture_output=True)
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}", "stock") as book:
        marks = {submission.student.id: submission.score for submission in book.assignment_submissions("one")}
    assert marks == {"wrong": 0.0, "replaced": 1.0}
