"""Does the printed book have a title page, contents with the right page numbers, parts, and no separated headings?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder.publish import pdf
from autograder.publish.pdf_pages import pages_of

PUBLISH = Path(pdf.__file__).parent


@pytest.mark.browser
def test_pages_of_marks_are_found_in_a_printed_file(chromium: Any) -> None:
    """Is the page of each linked mark found, even if the marks are not in the order of pages?"""
    page = chromium.new_page()
    texts = "".join(f'<h1 style="break-before: page"><span id="printed-{n}"></span>{n}</h1>' for n in (2, 0, 1))
    links = "".join(f'<a href="#printed-{n}">{n}</a>' for n in range(3))
    page.set_content(f"<p>{links}</p>{texts}")
    printed = page.pdf(format="A4")
    page.close()
    assert pages_of(printed, "printed-") == {"printed-2": 2, "printed-0": 3, "printed-1": 4}


def test_an_empty_file_has_no_pages() -> None:
    """Is nothing found in an empty file?"""
    assert pages_of(b"", "printed-") == {}


@pytest.mark.browser
def test_the_front_of_the_book(chromium: Any) -> None:
    """Is there a title page with title and author, and do the contents list the parts and their chapters in order?"""
    page = chromium.new_page()
    chapters = {"book/index": "Welcome", "book/dropout": "Dropout", "course/notebooks/Dropout": "Dropout, the notebook"}
    page.set_content(
        "<article>"
        + "".join(
            f'<span id="document-{file}"></span><section><h1>{title}<a class="headerlink">#</a></h1></section>'
            for file, title in chapters.items()
        )
        + "</article>"
    )
    names = list(chapters)
    parts = [
        {"caption": "", "files": names[:1]},
        {"caption": "The layers", "files": names[1:2]},
        {"caption": "The notebooks", "files": names[2:]},
    ]
    front = (PUBLISH / "front.js").read_text(encoding="utf-8")
    page.evaluate(front, {"title": "Layers", "author": "Somebody", "parts": parts})
    assert page.locator("article > :first-child .cover p").all_inner_texts() == ["Layers", "Somebody"]
    listed = page.locator(".contents-part, .contents-name").all_inner_texts()
    assert listed == ["Welcome", "The layers", "Dropout", "The notebooks", "Dropout, the notebook"]
    assert page.locator(".part-page").all_inner_texts() == ["The layers", "The notebooks"]
    page.evaluate(pdf.FILL_IN, {"printed-0": 3, "printed-1": 7, "printed-2": 12})
    assert page.locator(".contents-page").all_inner_texts() == ["3", "7", "12"]
    page.close()


def test_a_second_print_shows_the_new_book(tmp_path: Path) -> None:
    """If the book has changed, is the new text printed and nothing of the old one?"""
    (tmp_path / "book").mkdir()
    for text in ("the first, which is longer", "the second"):
        (tmp_path / "book" / "index.html").write_text(text, encoding="utf-8")
        assert (tmp_path / pdf._whole_book(tmp_path)).read_text(encoding="utf-8") == text


@pytest.mark.browser
def test_headings_stay_with_their_text(chromium: Any) -> None:
    """Are a heading and its text, and a formula and its introduction, always on the same page?"""
    page = chromium.new_page()
    text, marks = "", 0
    two_lines = f"<p>{'two lines of it ' * 10}</p>"
    for k in range(60):
        text += f'<div style="height: {300 + 37 * k % 400}px"></div>'
        for first, between, last in (("h2", "", "p"), ("p", "", 'div class="math"'), ("h2", two_lines, 'div class="math"')):
            text += "<section>"
            for kind, after in ((first, between), (last, "")):
                text += f'<{kind}><span id="printed-{marks}"></span>{marks}</{kind.split()[0]}>{after}'
                marks += 1
            text += "</section>"
    links = "".join(f'<a href="#printed-{n}">{n}</a> ' for n in range(marks))

    def torn(style: str) -> list[int]:
        page.set_content(f"<style>{style}</style><article>{text}<p>{links}</p></article>")
        found = pages_of(page.pdf(format="A4"), "printed-")
        assert len(found) == marks
        return [n for n in range(0, marks, 2) if found[f"printed-{n}"] != found[f"printed-{n + 1}"]]

    assert torn(""), "without the style, some must be separated"
    assert torn((PUBLISH / "site.css").read_text(encoding="utf-8")) == []
    page.close()
