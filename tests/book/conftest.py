"""The built site, and a browser that has no network but the site itself."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.manifest import Course
from autograder.publish.build import build_site
from autograder.publish.serve import serving


@pytest.fixture(scope="session")
def published(course: Course) -> Course:
    """This course as an instructor publishes it, who has set addresses."""
    return dataclasses.replace(course, public_address="https://github.com/you/layers", book_address="https://you.github.io/layers")


@pytest.fixture(scope="session")
def site(published: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public book of that instructor, built from this tree: by the first worker of a test run that wants it, for all of them."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    with (folder / "book.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = folder / "book-is-built"
        if not built.exists():
            built.write_text(str(build_site(published, folder / "book")))
        return Path(built.read_text())


@pytest.fixture(scope="session")
def pages(site: Path) -> list[str]:
    """Every page of the site."""
    found = [p for p in sorted(site.rglob("*.html")) if "_static" not in p.parts]
    # The page for "not found" is written for the address that the book has on the web; the one at the top only leads on.
    readable = [p for p in found if p.name != "404.html" and 'http-equiv="Refresh"' not in p.read_text(encoding="utf-8")]
    return [p.relative_to(site).as_posix() for p in readable]


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The site, served on loopback."""
    with serving(site) as found:
        yield found


class Visit:
    """One tab; it keeps what the console says and what is asked of other hosts."""

    def __init__(self, chromium: Any, address: str, **context: Any) -> None:
        self.address = address
        self.context = chromium.new_context(**context)
        self.page = self.context.new_page()
        self.page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("response", lambda r: self.errors.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        self.page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else self.outside.append(r.url))

    def open(self, name: str) -> Any:
        """Go to a page and wait until its mathematics is set."""
        self.page.goto(f"{self.address}/{name}", wait_until="load")
        self.page.evaluate("window.MathJax && MathJax.startup ? MathJax.startup.promise.then(() => 1) : 1")
        return self.page

    def close(self) -> None:
        """Close the tab."""
        self.context.close()


@pytest.fixture
def visit(chromium: Any, address: str) -> Iterator[Visit]:
    """A tab on a desk."""
    tab = Visit(chromium, address, viewport={"width": 1280, "height": 900})
    yield tab
    tab.close()


@pytest.fixture
def phone(chromium: Any, address: str) -> Iterator[Visit]:
    """A tab as wide as a phone."""
    tab = Visit(chromium, address, viewport={"width": 375, "height": 700}, has_touch=True, is_mobile=True)
    yield tab
    tab.close()
