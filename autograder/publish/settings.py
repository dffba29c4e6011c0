"""The settings of a staged book: the repository's ``_config.yml``, and what depends on the manifest or the edition."""

from __future__ import annotations

import dataclasses
from urllib.parse import urlsplit

from autograder.generate.book_settings import Settings, book_settings
from autograder.generate.drawings import with_execution
from autograder.manifest import Course
from autograder.practice.links import lite_links, practice_links
from autograder.publish.editions import Edition

EXTENSIONS = ("notfound.extension", "autograder.publish.sphinx_site")
RENDERER = "mathml"
"""Sphinx's name for our renderer of formulas."""
PUBLISHED_EXTENSIONS = ("sphinx_sitemap", "sphinxext.opengraph")
"""For search engines and previews of links, both of which need the book's own address."""
NOT_FOUND = """<h1>Page not found</h1>
<p>There is nothing at this address. The page may have been renamed: look for it in the list at the side, search for a word
(Ctrl + K), or start from the <a href="{home}">first page</a>.</p>"""


def site_settings(course: Course, edition: Edition, *, lite: bool = False) -> Settings:
    """What the staged ``_config.yml`` says.

    Notes
    -----
    Settings that the published sources need are in `autograder.generate.book_settings`; those that need our packages are added here.
    """
    settings = with_execution(book_settings(course))
    settings["exclude_patterns"] = ["_build", "**/.*"]
    if edition != "public":
        settings["title"] = f"{settings['title']} ({edition} edition)"
    if edition == "instructor":
        # Search engines should not know its address.
        course = dataclasses.replace(course, book_address="")
        settings.get("html", {}).pop("baseurl", None)
    sphinx = settings.setdefault("sphinx", {})
    published = PUBLISHED_EXTENSIONS if course.book_address else ()
    sphinx["extra_extensions"] = [*sphinx.get("extra_extensions", []), *published, *EXTENSIONS]
    sphinx.setdefault("config", {}).update(_sphinx(course, lite), html_context={"private": edition == "instructor"})
    return settings


def _sphinx(course: Course, lite: bool) -> Settings:
    # A page for "not found" is served under any address, so its links begin at the top of the host.
    top = urlsplit(course.book_address).path + "/"
    settings: Settings = {
        "practice_links": practice_links(course),
        "lite_links": lite_links(course) if lite else {},
        "html_extra_path": ["_site"],
        # The sidebar already has a search field; without this setting the theme puts a second one above every page.
        "html_theme_options": {"navbar_persistent": []},
        "html_math_renderer": RENDERER,
        "notfound_urls_prefix": top,
        "notfound_context": {"title": "Page not found", "body": NOT_FOUND.format(home=f"{top}book/index.html")},
    }
    return settings | (_published(course) if course.book_address else {})


def _published(course: Course) -> Settings:
    address = f"{course.book_address}/"
    return {
        "html_baseurl": address,
        "sitemap_url_scheme": "{link}",
        "sitemap_excludes": ["search.html", "genindex.html", "404.html"],
        "ogp_site_url": address,
        "ogp_site_name": course.title,
        "ogp_enable_meta_description": True,
        # Ours have a figure of the page.
        "ogp_social_cards": {"enable": False},
        "ogp_custom_meta_tags": ['<meta name="twitter:card" content="summary_large_image" />'],
    }
