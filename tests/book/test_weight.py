"""Is the first view of each page small enough, without unused icons and scripts of mathematics?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from tests.book.weight import weight

pytestmark = pytest.mark.xdist_group("book")
RULE = re.compile(r'((?:\.fa-[\w-]+:+before,?)+)\{content:"\\([0-9a-f]+)"\}')
ICON = re.compile(r"fa-[\w-]+")
NAMED = re.compile(r'class="fa[sbr]?(?:-\w+)? (fa-[\w-]+)')
WITH_MATHEMATICS, WITHOUT = 400_000, 150_000


def test_a_first_view_is_light(site: Path, pages: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Does every page load at most 400 KB, or 150 KB if it has no formulas?"""
    heavy, rows = [], []
    for page in (p for p in pages if p.startswith(("book/", "course/", "index"))):
        parts = weight(site, page)
        limit = WITH_MATHEMATICS if "<math" in (site / page).read_text(encoding="utf-8") else WITHOUT
        total = sum(parts.values())
        rows.append(f"{total:8,} of {limit:,}  {page}")
        if total > limit:
            heavy.append(f"{page}: {total:,}, most of it {sorted(parts, key=parts.__getitem__)[-3:]}")
    with capsys.disabled():
        print("\nbytes of the first view, gzipped", *rows, sep="\n")
    assert not heavy, "\n".join(heavy)


def test_pages_load_no_script_of_mathematics_or_icons(site: Path, pages: list[str]) -> None:
    """Are formulas and icons shown without scripts?"""
    for page in pages:
        loaded = weight(site, page)
        assert not [name for name in loaded if "fontawesome.js" in name or name.startswith("mathjax/")], page
    assert not list((site / "_static").rglob("fontawesome.js"))


def test_every_icon_is_in_the_font(site: Path, pages: list[str]) -> None:
    """Does the font of the site have each icon that a page names?"""
    css = (site / "_static" / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")
    signs = {name: int(code, 16) for names, code in RULE.findall(css) for name in ICON.findall(names)}
    fonts = (site / "_static" / "vendor" / "fontawesome" / "webfonts").glob("*.woff")
    drawn = {code for font in fonts for code in TTFont(font).getBestCmap()}
    icons = {name for page in pages for name in NAMED.findall((site / page).read_text(encoding="utf-8"))}
    assert len(icons) > 8
    assert {icon for icon in icons if signs.get(icon) not in drawn} == set()
