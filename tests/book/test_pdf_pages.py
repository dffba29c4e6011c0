"""Are the page numbers in the contents those of the pages?"""

from __future__ import annotations

from typing import Any

import pytest

from autograder.publish.pdf_pages import pages_of


@pytest.mark.browser
def test_places_are_found_in_what_chromium_prints(chromium: Any) -> None:
    """Is the page of each mark that a link leads to known, also when marks do not come in the order of pages?"""
    page = chromium.new_page()
    texts = "".join(f'<h1 style="break-before: page"><span id="printed-{n}"></span>{n}</h1>' for n in (2, 0, 1))
    links = "".join(f'<a href="#printed-{n}">{n}</a>' for n in range(3))
    page.set_content(f"<p>{links}</p>{texts}")
    printed = page.pdf(format="A4")
    page.close()
    assert pages_of(printed, "printed-") == {"printed-2": 2, "printed-0": 3, "printed-1": 4}


def test_what_is_no_pdf_has_no_pages() -> None:
    """Is nothing found where there is nothing?"""
    assert pages_of(b"", "printed-") == {}
