"""Completes what the converter from LaTeX leaves undone: which symbols are operators, and TeX's spaces around function names.

MathML sets the space on both sides of an element by its kind. The converter turns brackets and relations into letters, and names into
operators, so that ``= max`` has no space and ``max (x)`` has one.
"""

from __future__ import annotations

import html
import unicodedata
from xml.etree.ElementTree import Element

OPENING, CLOSING, BARS = "([{⌊⌈⟨", ")]}⌋⌉⟩", "|‖"
SIGNS = "+−±-"
LETTERS = "∞∂∇∅′″‴!%"
"""Symbols that are set like a letter, regardless of their class in Unicode."""
BETTER = {"~": "∼", "―": "¯"}
BETTER_ACCENT = {"~": "˜", "∼": "˜", "^": "ˆ", "―": "¯"}
LIMITS = ("max", "min", "lim", "sup", "inf")
"""Functions whose index is set below them in a displayed formula."""
INFIX_WORDS = ("mod",)
THIN = "0.167em"
APART = ("mo", "mspace", "mtext")
"""Elements next to which the name of a function needs no space."""
_ROWS = frozenset(("math", "mrow", "mtd", "mstyle", "msqrt", "mpadded", "mphantom"))
_SCRIPTS = frozenset(("msub", "msup", "msubsup", "munder", "mover", "munderover"))


def tidy(tree: Element) -> None:
    """Set the kind and the spaces of each element of a formula, in place. Drops namespaces and resolves character references."""
    elements = list(tree.iter())
    for element in elements:
        element.tag = element.tag.rpartition("}")[2]
        element.text = html.unescape(element.text or "")
    for element in elements:
        if element.tag == "mover" and len(element) == 2 and element[1].tag == "mo":
            _accent(element)
    accents = {id(element[1]) for element in elements if element.get("accent") == "true" and len(element) == 2}
    for element in elements:
        if id(element) not in accents:
            _kind(element)
    for element in elements:
        if element.tag in _ROWS:
            _spaces(element)
        elif element.tag == "msub" and tree.get("display") == "block" and element[0].text in LIMITS:
            element.tag = "munder"


def _accent(over: Element) -> None:
    """Stretch a hat, a bar or a tilde over what is below it only if that is more than a letter."""
    base, mark = over
    mark.text = BETTER_ACCENT.get(mark.text or "", mark.text)
    if mark.text in ("ˆ", "˜", "¯", "˙", "⃗"):
        over.set("accent", "true")
        mark.set("stretchy", "false" if _is_letter(base) else "true")


def _is_letter(element: Element) -> bool:
    """Whether an element is one letter, with or without accents."""
    while element.tag in ("mrow", "mover") and (len(element) == 1 or (element.tag == "mover" and len(element) == 2)):
        element = element[0]
    return element.tag in ("mi", "mn") and len(element.text or "") == 1


def _kind(element: Element) -> None:
    """Turn a symbol into an operator and a word into a name."""
    text = element.text = BETTER.get(element.text or "", element.text) if element.tag in ("mi", "mo") else element.text
    if not text:
        return
    if element.tag == "mo" and text in tuple(LETTERS):
        element.tag = "mi"
    elif element.tag == "mo" and text.isalpha() and text.isascii():
        if text in INFIX_WORDS:
            element.set("lspace", "0.222em")
            element.set("rspace", "0.222em")
        else:
            element.tag = "mi"
    elif element.tag == "mi" and len(text) == 1:
        if unicodedata.category(text)[0] in "SP" and text not in LETTERS:
            element.tag = "mo"
            if text in OPENING + CLOSING:
                element.set("stretchy", "false")
        elif "Α" <= text <= "Ω":
            element.set("mathvariant", "normal")
    if element.tag == "mo" and text in tuple(BARS + "./:"):
        if text in BARS:
            element.attrib.setdefault("stretchy", "false")
        element.set("lspace", "0")
        element.set("rspace", "0")


def _spaces(row: Element) -> None:
    """Add space around function names, join signs to their numbers, and leave a comma in braces alone."""
    children = list(row)
    if row.tag == "mrow" and len(children) == 1 and children[0].tag == "mo":
        children[0].set("lspace", "0")
        children[0].set("rspace", "0")
        return
    spaced: list[Element] = []
    for index, child in enumerate(children):
        before = children[index - 1] if index else None
        after = children[index + 1] if index + 1 < len(children) else None
        if child.tag == "mo" and before is not None:
            _join(child, before)
        name = _is_function(child)
        if name and before is not None and not _is_function(before) and (before.tag not in APART or _closes(before)):
            spaced.append(Element("mspace", width=THIN))
        spaced.append(child)
        if name and after is not None and after.tag not in APART:
            spaced.append(Element("mspace", width=THIN))
    row[:] = spaced


def _join(sign: Element, before: Element) -> None:
    """Leave out the space between two symbols, and after a sign that belongs to what follows: ``=:``, ``= -1``, ``(-1``."""
    if sign.text == ":" and before.text == "=":
        before.set("rspace", "0")
        sign.set("rspace", "0.278em")
    if sign.text in tuple(SIGNS) and _opens(before):
        sign.set("form", "prefix")


def _opens(element: Element) -> bool:
    """Whether a sign after this element belongs to a number."""
    return (element.tag == "mo" and element.text not in tuple(CLOSING + BARS)) or (
        element.tag == "mi" and not element.text and not len(element)
    )


def _closes(element: Element) -> bool:
    return element.text in tuple(CLOSING)


def _is_function(element: Element) -> bool:
    """Whether this is the name of a function such as ``log``, with or without an index."""
    while element.tag in _SCRIPTS and len(element):
        element = element[0]
    return element.tag == "mi" and len(element.text or "") > 1 and (element.text or "").isalpha()
