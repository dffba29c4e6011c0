"""Does the built site hold what the manifest and the notebooks point to, and nothing it must not?"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.course import Course
from autograder.generate.leaks import find_leaks, secret_lines

pytestmark = pytest.mark.xdist_group("book")
# Jupyter Book always loads sphinx-thebe, and Sphinx 7.4 puts its script of constants into each page twice. The second
# copy stops at its first word; the site has no such button, and nothing else stands in that script.
TWICE = "Identifier 'THEBE_JS_URL' has already been declared"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book, built from this tree."""
    output = tmp_path_factory.mktemp("book")
    done = CliRunner().invoke(main, ["book", "--output", str(output)])
    assert done.exit_code == 0, done.output
    return output / "_build" / "html"


def test_every_book_anchor_of_the_manifest_exists(site: Path, course: Course) -> None:
    """Does each task's book address lead to a section that is there?"""
    lost = []
    for task in course.tasks:
        page, _, anchor = task.book.partition("#")
        html = site / "book" / f"{page}.html"
        if not html.is_file() or f'id="{anchor}"' not in html.read_text(encoding="utf-8"):
            lost.append(task.book)
    assert not lost


def test_the_site_holds_no_solution_and_no_answer(site: Path, course: Course) -> None:
    """Does any file of the public site show a line of a solution, a hidden check or a model answer?"""
    assert not find_leaks(site, secret_lines(course))


def test_launch_buttons_lead_to_student_notebooks(site: Path, course: Course) -> None:
    """Does each notebook's Colab button open that notebook of the public tree?"""
    for notebook in course.notebooks:
        html = (site / "course" / "notebooks" / f"{notebook.name}.html").read_text(encoding="utf-8")
        repository = course.public_address.removeprefix("https://github.com/")
        wanted = f"colab.research.google.com/github/{repository}/blob/{course.public_branch}/course/notebooks/{notebook.name}.ipynb"
        assert wanted in html


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The site, served on loopback."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.mark.browser
def test_first_pages_load_and_their_links_work(address: str, site: Path) -> None:
    """Do the pages open in a browser without a script error, with figures, and do internal links resolve?"""
    from playwright.sync_api import sync_playwright

    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        page = browser.new_page()
        # Only the site itself answers; mathematics comes from a network that a test does not have.
        page.route(re.compile(r"^(?!http://127\.0\.0\.1)"), lambda route: route.abort())
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)) if str(error) != TWICE else None)
        for name in ("index", "batch-normalization"):
            page.goto(f"{address}/book/{name}.html")
            assert page.locator("article h1").first.is_visible()
            broken = page.evaluate("[...document.images].filter(i => i.complete && !i.naturalWidth && i.src.includes('127.0.0.1')).length")
            assert broken == 0
            links = page.evaluate("[...document.querySelectorAll('article a[href]')].map(a => a.href)")
            for link in {link.split("#")[0] for link in links if link.startswith(address)}:
                assert (site / link.removeprefix(address + "/")).is_file(), link
        browser.close()
    assert not errors
