"""Is a student's HTML free of everything that could affect the rest of a page?"""

from __future__ import annotations

import base64
import re
import struct

import pytest
from bs4 import BeautifulSoup

from autograder.pages.sanitize import MAX_IMAGE_PIXELS, clean_html, is_small_png, png
from tests.autograder.gradebook.odd_class import PNG


def png_of(width: int, height: int) -> bytes:
    """The beginning of a PNG whose header gives this size."""
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\2\0\0\0"


@pytest.mark.parametrize("attribute", ["id", "class", "style", "name", "data-link", "onclick", "for", "form", "tabindex", "accesskey"])
@pytest.mark.parametrize("tag", ["p", "span", "div", "a", "h1", "img", "td", "table", "code", "li"])
def test_no_attribute_reaches_the_page(tag: str, attribute: str) -> None:
    """Is every attribute removed that the formgrader's scripts or styles could select?"""
    for spelling in (
        f'{attribute}="alpha-why"',
        f"{attribute.upper()}=alpha-why",
        f"{attribute}\n=\n'alpha-why'",
        f"/{attribute}=alpha-why",
    ):
        shown = clean_html(f'<{tag} {spelling} src="data:image/png;base64,{PNG}">x</{tag}>')
        found = {name for element in BeautifulSoup(shown, "html.parser").find_all() for name in element.attrs}
        assert found <= {"src"}, shown


def test_columns_keep_their_alignment() -> None:
    """Does the alignment of a column stay, which Markdown writes as a style, and no other style?"""
    shown = clean_html('<table><tr><td style="text-align:right">1</td><td style="text-align:right;position:fixed">2</td></tr></table>')
    assert re.findall(r"<td[^>]*>", shown) == ['<td align="right">', "<td>"]


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://x.org/p.png">',
        '<img alt="a>b" src="https://x.org/p.png">',
        "<img alt='\"' src='https://x.org/p.png'>",
        '<IMG SRC="//x.org/p.png">',
        '<img src="p.png">',
        '<img src="data:image/svg+xml;base64,PHN2Zy8+">',
        f'<img src="data:image/jpeg;base64,{PNG}">',
        '<img src="data:image/png;base64,AAAA">',
        f'<img src="data:image/png;base64,{base64.b64encode(png_of(60_000, 60_000)).decode()}">',
        "<img>",
        '<img src="attachment:nobody.png">',
    ],
)
def test_a_picture_that_is_not_shown_is_replaced_by_words(html: str) -> None:
    """Is a picture replaced if it is on another server, not a PNG, too large or missing?"""
    shown = clean_html(f"before {html} after")
    assert "<img" not in shown.lower()
    assert re.fullmatch(r"before \[picture .+\] after", shown)


def test_attachments_are_found_by_name() -> None:
    """Is an attachment found if its name has spaces, plain or percent-encoded?"""
    attachments = {"my photo.png": {"image/png": PNG}, "a.svg": {"text/plain": "no"}}
    for name in ("my photo.png", "my%20photo.png"):
        shown = clean_html(f'<img src="attachment:{name}" width="30" alt="mine">', attachments)
        image = BeautifulSoup(shown, "html.parser").img
        assert image is not None
        assert image.attrs == {"src": f"data:image/png;base64,{PNG}", "width": "30", "alt": "mine"}
    assert clean_html('<img src="attachment:a.svg">', attachments) == "[picture that cannot be shown: a.svg]"
    assert clean_html('<img src="attachment:%3Cb%3E">', attachments) == "[picture missing: &lt;b&gt;]"


@pytest.mark.parametrize("command", [r"\cssId", r"\class", r"\style", r"\href", r"\require", r"\htmlId"])
def test_a_formula_cannot_set_an_id_or_a_class(command: str) -> None:
    """Is the command removed if it is written plainly, with entities or split by a comment?"""
    name = command[1:]
    for written in (
        command,
        f"&#92;{name}",
        f"&bsol;{name}",
        f"\\{name[:2]}&#{ord(name[2])};{name[3:]}",
        f"\\{name[:2]}<!-- -->{name[2:]}",
    ):
        shown = BeautifulSoup(clean_html(f"${written}{{alpha-why}}{{x}}$"), "html.parser").get_text()
        assert command not in shown
    assert clean_html(r"$\frac{a}{b} &lt; \classy$") == r"$\frac{a}{b} &lt; \classy$"


def test_pixels_are_counted() -> None:
    """Is a small file refused if its header announces too many pixels?"""
    assert is_small_png(png_of(1000, 1000))
    assert not is_small_png(png_of(MAX_IMAGE_PIXELS, 2))
    assert not is_small_png(png_of(0, 7))
    assert not is_small_png(b"\x89PNG\r\n\x1a\n")
    assert png(base64.b64encode(png_of(99_999, 99_999)).decode()) is None
