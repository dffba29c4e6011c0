"""The whole book as one PDF: Sphinx joins all pages into one, and Chromium prints it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from autograder.generate.public import toc_pages
from autograder.manifest import Course
from autograder.publish.browser import CHROMIUM_FLAGS, browser_path
from autograder.publish.build import BookError, run_builder
from autograder.publish.pdf_pages import pages_of
from autograder.publish.serve import serving

WAIT_MS = 300_000
WHOLE = "whole-book.html"
# Type for a screen is large on paper; smaller type makes room for formulas and code.
SCALE = 0.8
MARGIN_MM, A4_MM, PIXELS_PER_MM = 16, 210, 96 / 25.4
PAPER_WIDTH = int((A4_MM - 2 * MARGIN_MM) * PIXELS_PER_MM / SCALE)
"""Width of the printed area in pixels of the style sheets."""
FILL_IN = "pages => document.querySelectorAll('.contents-page').forEach(e => { e.textContent = pages[e.dataset.mark] ?? ''; })"


def print_book(course: Course, output: Path) -> Path:
    """Print what `build_site` left in ``output``; return the path of the PDF.

    Raises
    ------
    BookError
        When there is no Chromium or the pages cannot be joined.
    """
    chromium = browser_path()
    if chromium is None:
        raise BookError("printing needs Chromium: install it (Debian and Ubuntu: apt install chromium)")
    run_builder(course, output, "singlehtml")
    target = output / "_build" / "html" / "book.pdf"
    _print(output / "_build" / "singlehtml", chromium, target, _front(output / "source"))
    return target


def _front(source: Path) -> dict[str, Any]:
    """Title, author and parts of a staged book, for its title page and its contents."""
    settings, toc = (yaml.safe_load((source / name).read_text(encoding="utf-8")) for name in ("_config.yml", "_toc.yml"))
    parts = [{"caption": part["caption"], "files": toc_pages(part["chapters"])} for part in toc["parts"]]
    return {"title": settings["title"], "author": settings["author"], "parts": [{"caption": "", "files": [toc["root"]]}, *parts]}


def _print(site: Path, chromium: str, target: Path, front: dict[str, Any]) -> None:
    from playwright.sync_api import sync_playwright

    with serving(site) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        page = browser.new_page(color_scheme="light")
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{address}/{_whole_book(site)}", wait_until="load")
        # Answers that are folded on the screen are printed open.
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        page.evaluate(Path(__file__).with_name("front.js").read_text(encoding="utf-8"), front)
        page.emulate_media(media="print", color_scheme="light")
        numbers = '<div style="font-size:8px;width:100%;text-align:center"><span class="pageNumber"></span></div>'
        settings: dict[str, Any] = {
            "path": str(target),
            "format": "A4",
            "scale": SCALE,
            "margin": {"top": "18mm", "bottom": "18mm", "left": f"{MARGIN_MM}mm", "right": f"{MARGIN_MM}mm"},
            "display_header_footer": True,
            "header_template": "<span></span>",
            "footer_template": numbers,
            "outline": True,
            "tagged": True,
        }
        # The pages on which chapters begin are known only after a first print; a number is as wide as its placeholder, so nothing moves.
        page.pdf(**settings)
        page.evaluate(FILL_IN, pages_of(target.read_bytes(), "printed-"))
        page.pdf(**settings)
        browser.close()


def _whole_book(site: Path) -> str:
    """The name of the page that holds the whole book, written to the top of the site, to which its addresses are relative."""
    # The page of an earlier print would be taken for a part of the book.
    (site / WHOLE).unlink(missing_ok=True)
    found = (p for p in site.rglob("*.html") if "_static" not in p.parts)
    pages = [p for p in found if 'http-equiv="Refresh"' not in p.read_text(encoding="utf-8")]
    if not pages:
        raise BookError(f"{site} holds no page")
    largest = max(pages, key=lambda p: p.stat().st_size)
    shutil.copyfile(largest, site / WHOLE)
    return WHOLE
