"""Are all pictures of a page but the first loaded later, with reserved space?"""

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


def test_only_the_first_is_loaded_at_once(page: Path) -> None:
    """Are the other pictures marked, with their sizes, and drawings unchanged?"""
    fetch_later(page)
    text = page.read_text(encoding="utf-8")
    assert text.index('loading="eager"') < text.index('loading="lazy"')
    assert text.count('loading="lazy" width="30" height="20"') == 2
    assert '<img src="../_images/b.svg" />' in text


def test_an_unchanged_page_stays_the_same(page: Path) -> None:
    """Does a second build change nothing?"""
    fetch_later(page)
    before = page.read_text(encoding="utf-8")
    fetch_later(page)
    assert page.read_text(encoding="utf-8") == before
