"""What the theme leaves undone for search engines, screen readers and an honest console: a Sphinx extension."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

BEFORE_DESCRIPTIONS = 400
AFTER_ALL_OTHERS = 900
NO_PROSE = (nodes.title, nodes.math_block, nodes.literal_block, nodes.figure, nodes.table)
PLAIN_FORMULA = re.compile(r"[\w/ =+*().,-]+")
INTERACTIVE = re.compile(r'<figure[^>]*class="[^"]*\binteractive\b')
PREVIEWED = re.compile(r'<a class="reference internal" href="[^"]*(?:#equation-|bibliography\.html#)')
SOLUTION_LINK = re.compile(r"Solution to(<a [^>]*>) ")
CITATION_LIST = re.compile(r'<div role="list" class="citation-list">')


def setup(app: Sphinx) -> dict[str, Any]:
    """Register; called by Sphinx."""
    app.connect("html-page-context", describe_in_words, priority=BEFORE_DESCRIPTIONS)
    app.connect("html-page-context", mend_page, priority=AFTER_ALL_OTHERS)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def describe_in_words(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Keep only the prose of what page descriptions and preview cards are made of.

    The page itself is written by now; only the makers of descriptions read this tree.
    """
    if doctree is None:
        return
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
    """Remove ``[Author, year]``: the brackets are texts of their own around the link."""
    around = reference.parent
    at = around.index(reference)
    for neighbour in (around[at + 1 : at + 2], around[at - 1 : at]):
        for node in neighbour:
            if node.astext().strip() in ("[", "]", ", ", "; "):
                around.remove(node)
    around.remove(reference)


def mend_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Set the default of the dark-mode switch, load each script once, and add what the page needs of our own."""
    context["default_mode"] = "auto"
    scripts = context.get("script_files", [])
    once = {getattr(s, "attributes", {}).get("body") or str(getattr(s, "filename", s)): s for s in scripts}
    context["script_files"] = list(once.values())
    if not page.startswith("course/notebooks/"):
        # Colab opens notebooks. A chapter whose code cells ran is not one, and what it runs on is not public.
        context["header_buttons"] = [b for b in context.get("header_buttons", []) if b.get("label") != "launch-buttons"]
    metatags = [f'<link rel="stylesheet" href="{context["pathto"]("site.css", 1)}" />']
    if page == "search":
        metatags.append(f'<script defer src="{context["pathto"]("search.js", 1)}"></script>')
    if "body" in context:
        context["body"] = _mend_body(context["body"])
        if INTERACTIVE.search(context["body"]):
            root = context["pathto"]("interactive/", 1)
            metatags.append(f'<link rel="stylesheet" href="{root}embed.css" /><script defer src="{root}embed.js"></script>')
        if PREVIEWED.search(context["body"]):
            style, script = (context["pathto"](f"previews.{kind}", 1) for kind in ("css", "js"))
            metatags.append(f'<link rel="stylesheet" href="{style}" /><script defer src="{script}"></script>')
    context["metatags"] = context.get("metatags", "") + "".join(metatags)


def _mend_body(body: str) -> str:
    """Name lists of citations as what they are, and begin the link to an exercise with its first word."""
    body = CITATION_LIST.sub('<div class="citation-list">', body).replace(' role="doc-biblioentry"', "")
    return SOLUTION_LINK.sub(r"Solution to \1", body)
