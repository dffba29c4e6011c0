"""A Sphinx extension for what the theme lacks: help for search engines and screen readers, and a console without errors."""

from __future__ import annotations

import html
import posixpath
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from autograder.paths import REPOSITORY
from autograder.practice.links import FIRST_PAGE
from autograder.publish import mathml
from autograder.publish.cards import card_name, draw_cards
from autograder.publish.icons import lighten_icons
from autograder.publish.later_pictures import fetch_later

BEFORE_DESCRIPTIONS = 400
AFTER_ALL_OTHERS = 900
NO_PROSE = (nodes.title, nodes.math_block, nodes.literal_block, nodes.figure, nodes.table)
PLAIN_FORMULA = re.compile(r"[\w/ =+*().,-]+")
INTERACTIVE = re.compile(r'<figure[^>]*class="[^"]*\binteractive\b')
PREVIEWED = re.compile(r'<a class="reference internal" href="[^"]*(?:#equation-|bibliography\.html#)')
SOLUTION_LINK = re.compile(r"Solution to(<a [^>]*>) ")
TEMPLATES = Path(__file__).with_name("templates")
# Extensions of Jupyter Book put these into every page: live code, which we do not offer, and tabs and cards.
UNUSED_SCRIPTS = ("sphinx-thebe", "THEBE", "design-tabs")
UNUSED_STYLES = ("sphinx-thebe", "sphinx-design")
ADDRESS = re.compile(r'\b(?P<name>href|src|action|data-content_root)="(?![a-z]+:|//|#)(?P<value>[^"]*)"')
DOORS = re.compile(r'<div class="[^"]*\bdoors\b[^"]*">\n?')
HEADING_END = re.compile(r"</h[1-6]>")
LAUNCH_BUTTONS = "launch-buttons"
"""The theme's name for the buttons that open a notebook elsewhere."""
CITATION_LIST = re.compile(r'<div role="list" class="citation-list">')


def setup(app: Sphinx) -> dict[str, Any]:
    """Register; called by Sphinx."""
    app.add_config_value("practice_links", {}, "html", dict)
    app.add_config_value("lite_links", {}, "html", dict)
    app.connect("html-page-context", describe_in_words, priority=BEFORE_DESCRIPTIONS)
    app.connect("html-page-context", mend_page, priority=AFTER_ALL_OTHERS)
    app.connect("config-inited", use_templates)
    app.connect("builder-inited", print_what_pages_show)
    app.connect("build-finished", finish)
    mathml.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def print_what_pages_show(app: Sphinx) -> None:
    """Let the single printed page support every kind of node that ordinary pages support.

    As soon as one extension registers a node for that builder, Sphinx no longer looks among the nodes of all HTML.
    """
    known = app.registry.translation_handlers
    known["singlehtml"] = {**known.get("html", {}), **known.get("singlehtml", {})}


def describe_in_words(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Reduce the tree from which page descriptions and preview cards are made to prose.

    The page itself has been written; only the extensions for descriptions read this tree.
    """
    if doctree is None:
        return
    # Read, and removed again, by the extension for previews.
    context["meta"] = {
        **(context.get("meta") or {}),
        "og:image": card_name(page),
        "og:image:alt": "The title of the page and one of its figures",
    }
    for node in list(doctree.findall(lambda n: isinstance(n, NO_PROSE))):
        # A page's description is its first paragraphs: what follows a formula often makes no sense without it.
        node.parent.remove(node)
    for formula in list(doctree.findall(nodes.math)):
        text = formula.astext()
        formula.parent.replace(formula, nodes.Text(text if PLAIN_FORMULA.fullmatch(text) else "\N{HORIZONTAL ELLIPSIS}"))
    for reference in list(doctree.findall(nodes.reference)):
        if "bibliography" in str(reference.get("refuri", "")):
            _take_out_citation(reference)


def _take_out_citation(reference: nodes.reference) -> None:
    """Remove ``[Author, year]``, in which the brackets are separate texts around the link."""
    around = reference.parent
    at = around.index(reference)
    for neighbour in (around[at + 1 : at + 2], around[at - 1 : at]):
        for node in neighbour:
            if node.astext().strip() in ("[", "]", ", ", "; "):
                around.remove(node)
    around.remove(reference)


def mend_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Set the default of the dark-mode switch, load each script once, and add our own scripts and styles."""
    context["default_mode"] = "auto"
    scripts = context.get("script_files", [])
    once = {getattr(s, "attributes", {}).get("body") or str(getattr(s, "filename", s)): s for s in scripts}
    context["script_files"] = [script for name, script in once.items() if not any(unused in name for unused in UNUSED_SCRIPTS)]
    styles = context.get("css_files", [])
    context["css_files"] = [s for s in styles if not any(unused in str(getattr(s, "filename", s)) for unused in UNUSED_STYLES)]
    if not page.startswith("course/notebooks/"):
        # Colab opens notebooks. A chapter with code cells is not one, and the code that it runs on is not public.
        context["header_buttons"] = [b for b in context.get("header_buttons", []) if b.get("label") != LAUNCH_BUTTONS]
    metatags = [f'<link rel="stylesheet" href="{context["pathto"]("site.css", 1)}" />']
    if page == "search":
        metatags.append(f'<script defer src="{context["pathto"]("search.js", 1)}"></script>')
    if "body" in context:
        context["body"] = _mend_body(context["body"])
        if "<math" in context["body"]:
            metatags.append(f'<script defer src="{context["pathto"]("mathematics.js", 1)}"></script>')
        if page in app.config.lite_links:
            address = context["pathto"](app.config.lite_links[page], 1)
            context["body"] = with_lite(context["body"], address)
            context["header_buttons"] = with_lite_button(context.get("header_buttons", []), address)
        for anchor, exercises in app.config.practice_links.get(page, {}).items():
            # Links to it drop the fragment of their address.
            parts = [(*address.partition("#"), name) for address, name in exercises]
            links = {f"{context['pathto'](path, 1)}#{task}": name for path, _, task, name in parts}
            context["body"] = with_door(context["body"], next(iter(links)))
            context["body"] = with_practice(context["body"], anchor, links)
        if INTERACTIVE.search(context["body"]):
            root = context["pathto"]("interactive/", 1)
            metatags.append(f'<link rel="stylesheet" href="{root}embed.css" /><script defer src="{root}embed.js"></script>')
        if PREVIEWED.search(context["body"]):
            style, script = (context["pathto"](f"previews.{kind}", 1) for kind in ("css", "js"))
            metatags.append(f'<link rel="stylesheet" href="{style}" /><script defer src="{script}"></script>')
    if context.get("private"):
        metatags.append('<meta name="robots" content="noindex, nofollow" />')
    if page == FIRST_PAGE and context.get("pageurl"):
        context["pageurl"] = context["pageurl"].removesuffix(f"{FIRST_PAGE}.html")
    context["metatags"] = context.get("metatags", "") + "".join(metatags)


def with_door(body: str, address: str) -> str:
    """Add to a page with entry links, such as the first one, a link to an exercise."""
    link = f'<a class="reference internal" href="{html.escape(address)}"><strong>Solve an exercise in the browser</strong></a>'
    door = f"<p>{link}<br />\nNothing to install: write a function here, and a check tells you what it does.</p>\n"
    return DOORS.sub(lambda opening: opening.group() + door, body, count=1)


def use_templates(app: Sphinx, config: Config) -> None:
    """Give our templates precedence over the theme's."""
    config.templates_path = [*config.templates_path, str(TEMPLATES)]


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Make the site smaller, and serve its first page at the root address."""
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    lighten_icons(site / "_static", list(site.rglob("*.html")))
    if app.builder.name != "html":
        return
    if app.config.html_baseurl:
        draw_cards(app.env, site, app.config.html_title)
        write_sitemap(site, app.config.html_baseurl, app.env.found_docs)
    give_notebooks_of_students(site)
    for page in site.glob("course/notebooks/*.html"):
        fetch_later(page)
    first = site / f"{FIRST_PAGE}.html"
    if first.is_file():
        (site / "index.html").write_text(_moved_up(first.read_text(encoding="utf-8")), encoding="utf-8")


def write_sitemap(site: Path, address: str, pages: Iterable[str]) -> None:
    """Name every page in ``sitemap.xml``: the sitemap extension knows only the pages that this build wrote, few after a change."""
    urls = "".join(f"<url><loc>{html.escape(f'{address}{page}.html')}</loc></url>" for page in sorted(pages))
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>\n'
    (site / "sitemap.xml").write_text(text, encoding="utf-8")


def give_notebooks_of_students(site: Path, base: Path = REPOSITORY) -> None:
    """Let the download on a notebook's page be the notebook that students get, without results."""
    for page in (site / "_sources").glob("course/notebooks/*.ipynb"):
        original = base / page.relative_to(site / "_sources")
        if original.is_file():
            shutil.copyfile(original, page)


def _moved_up(page: str) -> str:
    """A page of the folder ``book``, changed so that it works one folder higher."""

    def moved(found: re.Match[str]) -> str:
        value = posixpath.normpath(posixpath.join("book", found["value"]))
        return f'{found["name"]}="{value}{"/" if found["value"].endswith("/") else ""}"'

    return ADDRESS.sub(moved, page)


def with_practice(body: str, anchor: str, exercises: dict[str, str]) -> str:
    """Say below the heading of a section which of its functions can be written in the browser.

    Parameters
    ----------
    anchor : an id of the section or of a mark before its heading, or empty for the heading of the page. A page without it is not changed,
        and neither is one that has such a link in its text.
    exercises : address -> name of the function.
    """
    place = body.find(f'id="{html.escape(anchor)}"') if anchor else 0
    if not anchor and any(html.escape(address.partition("#")[0]) in body for address in exercises):
        return body
    heading = HEADING_END.search(body, place) if place >= 0 else None
    if heading is None:
        return body
    links = ", ".join(f'<a href="{html.escape(a)}"><code>{html.escape(name)}</code></a>' for a, name in exercises.items())
    says = "Write it in your browser" if anchor else "Try it now, in your browser and without an install"
    return f'{body[: heading.end()]}<p class="practice">{says}: {links}</p>{body[heading.end() :]}'


def with_lite(body: str, address: str) -> str:
    """Say below the title of a notebook where it runs in the browser."""
    title = HEADING_END.search(body)
    if title is None:
        return body
    link = f'<a href="{html.escape(address)}">Run this notebook in JupyterLite</a>'
    says = "nothing is installed, your work stays in this browser, and a running cell cannot be interrupted"
    return f'{body[: title.end()]}<p class="practice">{link}: {says}.</p>{body[title.end() :]}'


def with_lite_button(buttons: Sequence[dict[str, Any]], address: str) -> list[dict[str, Any]]:
    """The buttons of a notebook's page, with one more launch button; without a public address it is the only one.

    Parameters
    ----------
    buttons : as the theme makes them.
    """
    says = {"text": "JupyterLite", "tooltip": "Run it in this browser with JupyterLite"}
    button = {"type": "link", **says, "icon": "_static/images/logo_jupyterlite.svg", "url": address}
    group = {"type": "group", "tooltip": "Launch interactive content", "icon": "fas fa-rocket", "label": LAUNCH_BUTTONS, "buttons": []}
    found = next((b for b in buttons if b.get("label") == LAUNCH_BUTTONS), group)
    others = [b for b in buttons if b is not found]
    return [{**found, "buttons": [*found["buttons"], button]}, *others]


def _mend_body(body: str) -> str:
    """Give lists of citations their proper role, and let the link to an exercise begin with its first word."""
    body = CITATION_LIST.sub('<div class="citation-list">', body).replace(' role="doc-biblioentry"', "")
    return SOLUTION_LINK.sub(r"Solution to \1", body)
