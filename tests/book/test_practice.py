"""Does the built site contain the practice page, with links to it?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.manifest import Course
from autograder.practice.links import FIRST_PAGE, practice_links
from autograder.practice.site import PRACTICE, practice_files

pytestmark = pytest.mark.xdist_group("book")
LINK = re.compile(r'<p class="practice">.*?</p>')


def test_every_section_and_notebook_links_to_its_exercises(site: Path, course: Course) -> None:
    """Does each page have its links, including the first page?"""
    for page, places in practice_links(course).items():
        html = (site / f"{page}.html").read_text(encoding="utf-8")
        # The first page has its own link.
        text = html if page == FIRST_PAGE else "".join(LINK.findall(html))
        for links in places.values():
            for address, name in links:
                assert address in text, f"{page}: no link to {name}"


def test_the_site_holds_the_practice_page(site: Path, published: Course) -> None:
    """Does the site contain every file of the practice page, byte for byte, and no other?"""
    held = {p.relative_to(site / PRACTICE).as_posix(): p.read_bytes() for p in (site / PRACTICE).rglob("*") if p.is_file()}
    assert held == practice_files(published)
