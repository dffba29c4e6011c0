"""Are the pictures below the first of a page fetched later, in a place that is kept for them?"""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from autograder.publish.later_pictures import fetch_later


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page with three pictures of 30 x 20 pixels and a drawing."""
    (tmp_path / "_images").mkdir()
    (tmp_path / "pages").mkdir()
    Image.new("RGB", (30, 20)).save(tmp_path / "_images" / "a.png")
    picture = '<img alt="What is drawn" src="../_images/a.png" />'
    path = tmp_path / "pages" / "page.html"
    path.write_text(f'<p>{picture}</p><img src="../_images/b.svg" />{picture}{picture}', encoding="utf-8")
    return path


def test_only_the_first_comes_at_once(page: Path) -> None:
    """Are the others marked, with their sizes, and drawings left alone?"""
    fetch_later(page)
    text = page.read_text(encoding="utf-8")
    assert text.index('loading="eager"') < text.index('loading="lazy"')
    assert text.count('loading="lazy" width="30" height="20"') == 2
    assert '<img src="../_images/b.svg" />' in text


def test_a_page_that_was_not_written_anew_stays(page: Path) -> None:
    """Does a second build find nothing to change?"""
    fetch_later(page)
    before = page.read_text(encoding="utf-8")
    fetch_later(page)
    assert page.read_text(encoding="utf-8") == before
