"""The built site, for the tests of this folder."""

from __future__ import annotations

import dataclasses
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.manifest import Course
from autograder.publish.build import build_site
from autograder.publish.serve import serving


@pytest.fixture(scope="session")
def published(course: Course) -> Course:
    """This course as an instructor with public addresses publishes it."""
    return dataclasses.replace(course, public_address="https://github.com/you/layers", book_address="https://you.github.io/layers")


@pytest.fixture(scope="session")
def site(published: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That instructor's public book, built from this tree once for all workers of a test run."""
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
    # The page for "not found" has the links of the public address, and the page at the root only redirects.
    readable = [p for p in found if p.name != "404.html" and 'http-equiv="Refresh"' not in p.read_text(encoding="utf-8")]
    return [p.relative_to(site).as_posix() for p in readable]


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The address of the site on a local server."""
    with serving(site) as found:
        yield found
