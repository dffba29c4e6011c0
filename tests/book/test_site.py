"""Does the built site contain everything that the manifest and the notebooks refer to, and no secrets?"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote

import pytest

from autograder.generate.leaks import find_leaks, secret_lines
from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.publish.editions import is_private
from autograder.publish.pdf import print_book
from autograder.publish.sphinx_site import write_sitemap

pytestmark = pytest.mark.xdist_group("book")
LINK = re.compile(r'<(?:a|link|img|script|iframe)\b[^>]*?\b(?:href|src)="([^"]+)"')
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ID = re.compile(r'\bid="([^"]+)"')


def test_every_book_anchor_of_the_manifest_exists(site: Path, course: Course) -> None:
    """Does each task's section exist in the book?"""
    lost = []
    for task in course.tasks:
        page, _, anchor = task.book.partition("#")
        path = site / "book" / f"{page}.html"
        if not path.is_file() or f'id="{anchor}"' not in path.read_text(encoding="utf-8"):
            lost.append(task.book)
    assert not lost


def test_the_site_contains_no_solution_and_no_answer(site: Path, course: Course) -> None:
    """Is every file of the public site free of solutions, hidden checks and model answers?"""
    assert not find_leaks(site, secret_lines(course))
    assert not [p for p in site.rglob("*") if is_private(p.relative_to(site))]


def test_launch_buttons_lead_to_student_notebooks(site: Path, published: Course) -> None:
    """Do each notebook's buttons for Colab and Binder open that notebook of the public tree?"""
    for notebook in published.notebooks:
        text = (site / "course" / "notebooks" / f"{notebook.name}.html").read_text(encoding="utf-8")
        repository = published.public_address.removeprefix("https://github.com/")
        path = f"course/notebooks/{notebook.name}.ipynb"
        assert f"colab.research.google.com/github/{repository}/blob/{published.public_branch}/{path}" in text
        assert f"mybinder.org/v2/gh/{repository}/{published.public_branch}?urlpath=tree/{path}" in html.unescape(text)
        assert f"_sources/{path}" in text, "download as notebook"
        assert (site / "_sources" / path).read_bytes() == (REPOSITORY / path).read_bytes(), (
            "the download must be the notebook without results"
        )


def test_edit_and_issue_buttons_lead_to_the_public_tree(site: Path, published: Course) -> None:
    """Do the buttons of a chapter lead to its file and to a new issue in the public repository?"""
    text = (site / "book" / "dropout.html").read_text(encoding="utf-8")
    assert f"{published.public_address}/edit/{published.public_branch}/book/dropout.md" in text
    assert f"{published.public_address}/issues/new" in text


def test_internal_links_resolve(site: Path, pages: list[str]) -> None:
    """Is the file of each link, picture and script in the site, and does it have each anchor?"""
    ids = {name: set(ID.findall((site / name).read_text(encoding="utf-8"))) for name in pages}
    lost = []
    for name in pages:
        for link in set(map(html.unescape, LINK.findall((site / name).read_text(encoding="utf-8")))):
            if re.match(r"[a-z]+:|//", link):
                continue
            path, _, anchor = link.partition("#")
            target = (site / name).parent.joinpath(unquote(path.partition("?")[0])).resolve() if path else site / name
            inside = target.relative_to(site.resolve()).as_posix() if target.is_file() else None
            if inside is None or (anchor and inside in ids and unquote(anchor) not in ids[inside]):
                lost.append(f"{name}: {link}")
    assert not lost


def test_the_sitemap_names_every_page(site: Path, pages: list[str], published: Course) -> None:
    """Does the sitemap contain the public address of each chapter and notebook?"""
    named = {str(e.text) for e in ET.parse(site / "sitemap.xml").getroot().iter() if e.tag.endswith("}loc")}
    chapters = [p for p in pages if p.startswith(("book/", "course/"))]
    assert {f"{published.book_address}/{p}" for p in chapters} <= named


def test_the_sitemap_is_complete_after_a_change_of_one_page(site: Path, pages: list[str], published: Course, tmp_path: Path) -> None:
    """Does the sitemap name all pages, even if a build has changed only some of them?"""
    chapters = [p.removesuffix(".html") for p in pages if p.startswith(("book/", "course/"))]
    (tmp_path / "sitemap.xml").write_text("<urlset/>", encoding="utf-8")
    write_sitemap(tmp_path, f"{published.book_address}/", chapters)
    names = {str(e.text) for e in ET.parse(tmp_path / "sitemap.xml").getroot().iter() if e.tag == f"{SITEMAP}loc"}
    assert names == {f"{published.book_address}/{p}.html" for p in chapters}


def test_every_page_has_a_description_and_a_preview_card(site: Path, pages: list[str]) -> None:
    """Does each page have a description and a picture for previews of links to it?"""
    for name in (p for p in pages if p.startswith(("book/", "course/"))):
        text = (site / name).read_text(encoding="utf-8")
        description = re.search(r'<meta name="description" content="([^"]+)"', text)
        assert description, name
        assert len(description[1]) > 40, name
        assert "\\" not in description[1], name
        picture = re.search(r'<meta property="og:image" content="[^"]*/(cards/[^"]+)"', text)
        assert picture, name
        assert 3_000 < (site / picture[1]).stat().st_size < 120_000, name


def test_the_page_for_wrong_addresses_links_to_the_first_page(site: Path, published: Course) -> None:
    """Does the page for "not found" have absolute links to the styles and to the first page?"""
    text = (site / "404.html").read_text(encoding="utf-8")
    prefix = "/" + published.book_address.removeprefix("https://").partition("/")[2]
    assert f'href="{prefix}/_static/' in text
    assert f'href="{prefix}/book/index.html"' in text or f'href="{prefix}/index.html"' in text


@pytest.mark.slow
@pytest.mark.browser
def test_the_whole_book_is_printed(site: Path, course: Course) -> None:
    """Does the PDF have an outline with every chapter and notebook, and enough pages for all of them?"""
    printed = print_book(course, site.parent.parent)
    content = printed.read_bytes()
    # Other tests use the same site, and the file does not belong to it.
    printed.unlink()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) > 120
    outline = b"\n".join(re.findall(rb"/Title\s*\(([^)]*)\)", content)).decode("latin-1")
    titles = [re.search(r"<h1>(.*?)<", page.read_text(encoding="utf-8")) for page in sorted((site / "book").glob("*.html"))]
    assert [t[1] for t in titles if t and html.unescape(t[1]) not in outline] == []
    assert [n.title for n in course.notebooks if n.title not in outline] == []
