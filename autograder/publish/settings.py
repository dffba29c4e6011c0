"""The settings of a staged book: ``_config.yml`` of the repository, and what depends on the manifest or the edition."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import yaml

from autograder.generate.drawings import with_execution
from autograder.manifest import Course
from autograder.publish.editions import Edition

EXTENSIONS = ("sphinx_sitemap", "notfound.extension", "sphinxext.opengraph", "autograder.publish.sphinx_site")
NOT_FOUND = """<h1>Page not found</h1>
<p>There is nothing at this address. The page may have another name by now: look for it in the list at the side, search for a word
(Ctrl + K), or begin at the <a href="{home}">first page</a>.</p>"""
Settings = dict[str, Any]


def site_settings(course: Course, edition: Edition) -> Settings:
    """What stands in the staged ``_config.yml``.

    Notes
    -----
    What the published sources need to build anywhere stays in the repository's ``_config.yml``; what needs our packages is added here.
    """
    settings: Settings = with_execution(yaml.safe_load((course.root.parent / "_config.yml").read_text(encoding="utf-8")))
    settings["exclude_patterns"] = ["_build", "**/.*"]
    if edition != "public":
        settings["title"] = f"{settings['title']} ({edition} edition)"
    sphinx = settings.setdefault("sphinx", {})
    sphinx["extra_extensions"] = [*sphinx.get("extra_extensions", []), *EXTENSIONS]
    sphinx.setdefault("config", {}).update(_sphinx(course))
    return settings


def _sphinx(course: Course) -> Settings:
    address = course.book_address.rstrip("/") + "/"
    return {
        "html_extra_path": ["_site"],
        # The sidebar has a search field already; without this the theme puts a bar with a second one above every page.
        "html_theme_options": {"navbar_persistent": []},
        "html_baseurl": address,
        # Relative to _static, where Sphinx looks for it.
        "mathjax_path": "../mathjax/tex-mml-chtml.js",
        "sitemap_url_scheme": "{link}",
        "sitemap_excludes": ["search.html", "genindex.html", "404.html"],
        "notfound_urls_prefix": urlsplit(address).path,
        "notfound_context": {"title": "Page not found", "body": NOT_FOUND.format(home=urlsplit(address).path + "book/index.html")},
        "ogp_site_url": address,
        "ogp_site_name": course.title,
        "ogp_enable_meta_description": True,
        "ogp_social_cards": {"enable": True},
    }
