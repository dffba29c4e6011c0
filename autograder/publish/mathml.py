"""Formulas of the book as MathML, made together with its pages: they need no script and no font."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from autograder.pages.mathematics import UnsetFormula, formula
from autograder.publish.settings import RENDERER

LOGGER = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register; called by Sphinx."""
    app.add_html_math_renderer(RENDERER, (_inline, None), (_displayed, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(writer.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    writer.body.append(_set(writer, node, node.astext(), display=False) + "</span>")
    raise nodes.SkipNode


def _displayed(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(writer.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    latex = node.astext().strip()
    if r"\\" in latex and r"\begin" not in latex:
        latex = rf"\begin{{aligned}}{latex}\end{{aligned}}"
    # A formula that is wider than the page moves below its number.
    writer.body.append(f'<div class="formula">{_set(writer, node, latex, display=True)}</div></div>\n')
    raise nodes.SkipNode


def _set(writer: Any, node: nodes.Node, latex: str, display: bool) -> str:
    try:
        return formula(latex, display)
    except UnsetFormula:
        # A warning makes the build fail, so no reader sees a formula's source.
        LOGGER.warning("a formula that cannot be set: %s", latex, location=node)
        return str(writer.encode(latex))
