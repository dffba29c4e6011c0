"""Formulas as MathML, made together with the page: every browser displays it, without a script, a font or a network.

A student may write any formula: only elements and attributes for mathematics are kept, and a formula that cannot be set is shown as
it was written.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import latex2mathml.converter

from autograder.pages.formula_tree import tidy

MOST_CHARACTERS = 2_000
"""Most characters of one formula."""
MOST_FORMULAS = 400
"""Of one text."""
MOST_DEPTH = 60
_TAGS = frozenset(
    (
        *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder", "mover"),
        *("munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom"),
    )
)
_ATTRIBUTES = frozenset(
    (
        *("display", "displaystyle", "scriptlevel", "mathvariant", "stretchy", "fence", "separator", "largeop", "movablelimits", "accent"),
        *("accentunder", "width", "height", "depth", "lspace", "rspace", "linethickness", "minsize", "maxsize", "columnalign", "form"),
    )
)
_UNREAD = re.compile(r"\\[A-Za-z]+|&")
"""In the text of an element: a command that the converter does not know, or a symbol that it took for a letter."""
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][\w-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|split|gathered)\}")
"""Environments that the converter does not know, and known ones that are set in the same way."""
_LARGE = re.compile(r"(\\[bB]igg?[lr]?)\s*\\([lr](?:floor|ceil|angle|Vert|vert))(?![A-Za-z])")
"""A large bracket given by a command: the converter accepts only symbols there."""
_BRACKETS = {
    "lfloor": "⌊",
    "rfloor": "⌋",
    "lceil": "⌈",
    "rceil": "⌉",
    "langle": "⟨",
    "rangle": "⟩",
    "lVert": "‖",
    "rVert": "‖",
    "lvert": "|",
    "rvert": "|",
}
_VERBATIM = frozenset(("code", "pre", "a"))
_FORMULA = re.compile(
    r"\$\$(?P<display>[^$]+?)\$\$|(?<![\\\w$])\$(?P<inline>[^\s$](?:[^$]*?[^\s$\\])?)\$(?![\w$])"
    r"|\\begin\{(?P<name>[a-z]+\*?)\}(?:.{0,2000}?)\\end\{(?P=name)\}",
    re.DOTALL,
)


class UnsetFormula(Exception):
    """A formula that cannot be set."""


def with_mathematics(text: str) -> str:
    """HTML with its formulas set; code, listings and links are not changed.

    Parameters
    ----------
    text : cleaned HTML, in which ``$`` and ``<`` of formulas are text.
    """
    count = 0

    def set_formula(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return _set(match) if count <= MOST_FORMULAS else match.group()

    return "".join(part if verbatim else _FORMULA.sub(set_formula, part) for part, verbatim in _parts(text))


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Pieces of HTML, and whether each must stay unchanged: tags, and the content of verbatim elements."""
    open_, place = 0, 0
    for tag in _TAG.finditer(text):
        yield text[place : tag.start()], open_ > 0
        yield tag.group(), True
        place = tag.end()
        if tag["name"].lower() in _VERBATIM:
            open_ = max(0, open_ + (-1 if tag["end"] else 1))
    yield text[place:], open_ > 0


def _set(match: re.Match[str]) -> str:
    written = html.unescape(match.group())
    latex = html.unescape(match["display"] or match["inline"] or "") or written
    try:
        return formula(latex, display=not match["inline"])
    except UnsetFormula:
        return f"<code>{html.escape(written)}</code>"


def formula(latex: str, display: bool = False) -> str:
    """One formula as MathML.

    Raises
    ------
    UnsetFormula
        When it is too long, is not LaTeX, or has a command that is not known.
    """
    if len(latex) > MOST_CHARACTERS:
        raise UnsetFormula
    latex = _LARGE.sub(lambda found: found[1] + _BRACKETS[found[2]], _ALIGNED.sub(r"\\\1{align*}", latex))
    try:
        tree = latex2mathml.converter.convert_to_element(latex, display="block" if display else "inline")
        tidy(tree)
    except Exception as error:  # it has a class for each mistake, and raises others for unexpected text
        raise UnsetFormula from error
    set_ = "".join(_written(tree, MOST_DEPTH))
    # A long formula scrolls, also with the keyboard.
    return set_.replace("<math", '<math tabindex="0"', 1) if display else set_


def _written(element: Element, depth: int) -> Iterator[str]:
    """An element as HTML that contains only known elements, known attributes, and text."""
    tag, text = element.tag, element.text or ""
    if tag not in _TAGS or not depth or _UNREAD.search(text):
        raise UnsetFormula
    attributes = "".join(f' {k}="{html.escape(v)}"' for k, v in sorted(element.attrib.items()) if k in _ATTRIBUTES)
    yield f"<{tag}{attributes}>{html.escape(text)}"
    for child in element:
        yield from _written(child, depth - 1)
    yield f"</{tag}>"
