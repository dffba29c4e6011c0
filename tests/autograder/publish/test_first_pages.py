"""Can the first pages of the book be read without the others?"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.manifest import Course
from autograder.publish.build import build_site
from autograder.publish.stage import FIRST, stage

TO_A_PAGE = re.compile(r"\]\(([^)\s]*?\.(?:md|ipynb))\b")
ADDRESS = re.compile(r'\b(?:href|src)="([^"]*)"')


def test_only_first_pages_are_staged(course: Course, tmp_path: Path) -> None:
    """Are exactly these pages staged, with links only to each other and the text of every other link kept?"""
    stage(course, tmp_path, "public", first=True)
    pages = {path.relative_to(tmp_path).with_suffix("").as_posix(): path.read_text() for path in tmp_path.rglob("*.md")}
    assert set(pages) == set(FIRST)
    linked = {Path(link).stem for text in pages.values() for link in TO_A_PAGE.findall(text)}
    assert linked <= {Path(page).name for page in FIRST}
    assert "[Convolution and pooling](convolution.md)" in (course.root.parent / f"{FIRST[0]}.md").read_text(encoding="utf-8")
    assert "| Convolution and pooling |" in pages[FIRST[0]]


@pytest.mark.parametrize("option", [["--edition", "instructor"], ["--pdf"], ["--lite"], ["--check-links"]])
def test_first_pages_are_only_a_glance(option: list[str]) -> None:
    """Is a build of the first pages refused where it would not be what was asked for?"""
    done = CliRunner().invoke(main, ["dev", "book", "--first-pages", *option])
    assert done.exit_code == 2
    assert "--first-pages" in done.output


@pytest.mark.slow
def test_first_pages_lead_nowhere_else(course: Course, tmp_path: Path) -> None:
    """Does the builder find nothing to correct, and does every address of these pages lead to a file of the site?"""
    site = build_site(course, tmp_path, first=True)
    for page in FIRST:
        path = site / f"{page}.html"
        for address in map(urlsplit, ADDRESS.findall(path.read_text(encoding="utf-8"))):
            if not address.scheme and not address.netloc and address.path:
                assert (path.parent / unquote(address.path)).exists(), (page, address.path)
