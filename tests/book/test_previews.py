"""Does a reference show a preview of its equation or source?"""

from __future__ import annotations

import pytest

from tests.tabs import Visit

pytestmark = [pytest.mark.xdist_group("book"), pytest.mark.browser]


def test_an_equation_is_shown_next_to_its_reference(visit: Visit) -> None:
    """Under the mouse, is the equation shown without its number, and does it stay while the pointer is on it?"""
    page = visit.open("book/batch-normalization.html")
    link = page.locator('article a.reference.internal[href="#equation-batchnorm"]').first
    link.hover()
    box = page.locator(".preview")
    box.wait_for()
    assert box.locator("mjx-container, svg, math").count()
    assert not box.locator(".eqno, [id]").count()
    assert link.get_attribute("aria-describedby") == "preview"
    box.hover()
    page.wait_for_timeout(400)
    assert box.is_visible()
    page.keyboard.press("Escape")
    assert not box.count()
    assert not visit.errors


def test_an_equation_of_another_page_is_fetched(visit: Visit) -> None:
    """Does a reference to another chapter's equation show that equation?"""
    page = visit.open("book/what-you-saw.html")
    link = page.locator('article a.reference.internal[href*=".html#equation-"]').first
    link.hover()
    page.locator(".preview mjx-container, .preview svg, .preview math").first.wait_for()
    assert not visit.errors


def test_a_source_is_shown_for_the_keyboard(visit: Visit) -> None:
    """Does a citation that is reached by Tab show the title and the year, once?"""
    page = visit.open("book/batch-normalization.html")
    link = page.locator('article a.reference.internal[href*="bibliography.html#"]').first
    assert not link.get_attribute("title"), "the browser would show it a second time"
    page.keyboard.press("Tab")
    link.focus()
    box = page.locator(".preview")
    box.wait_for()
    assert "20" in box.inner_text()
    assert len(box.inner_text()) > 40
    page.keyboard.press("Tab")
    assert not box.count()
