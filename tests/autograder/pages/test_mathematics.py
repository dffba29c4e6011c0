"""Are formulas set, and is nothing else ever made of what a student writes between dollars?"""

from __future__ import annotations

import re
import time
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.manifest import Course
from autograder.pages.mathematics import MOST_FORMULAS, UnsetFormula, formula, with_mathematics


@pytest.mark.parametrize(
    ("latex", "element"),
    [
        (r"\frac{1}{N}", "mfrac"),
        (r"\sqrt{x}", "msqrt"),
        ("x_{n,d}^2", "msubsup"),
        (r"\sum_{n=1}^N x_n", "msubsup"),
        (r"\begin{aligned}a &= b \\ c &= d\end{aligned}", "mtable"),
        (r"\hat{x}", "mover"),
        (r"\text{out}", "mtext"),
    ],
)
def test_what_the_notebooks_use_is_set(latex: str, element: str) -> None:
    """Is each kind of formula an element of mathematics?"""
    assert f"<{element}" in formula(latex)
    assert 'display="block"' in formula(latex, display=True)
    assert "<munderover" in formula(r"\sum_{n=1}^N x_n", display=True)


def test_every_formula_of_the_notebooks_is_set(course: Course) -> None:
    """Is there one that a student would read as LaTeX?"""
    count = 0
    for notebook in course.notebooks:
        text = notebook.source.read_text(encoding="utf-8")
        for found in re.findall(
            r"\$\$(.+?)\$\$|(?<![\w$])\$([^\s$][^$\n]*?)\$(?!\w)", re.sub(r"^# ?", "", text, flags=re.MULTILINE), re.DOTALL
        ):
            latex = found[0] or found[1]
            if "{{" not in latex:
                formula(latex)
                count += 1
    assert count > 80


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("costs $5 and $6", "costs $5 and $6"),
        ("<code>$x$</code>", "<code>$x$</code>"),
        ('<a href="https://x.org/$a$">y</a>', '<a href="https://x.org/$a$">y</a>'),
        ("<pre>$x$</pre>", "<pre>$x$</pre>"),
        (r"\$x\$", r"\$x\$"),
        (r"$\frac{$", r"<code>$\frac{$</code>"),
        (r"$\nothing{x}$", r"<code>$\nothing{x}$</code>"),
        ("an open $x", "an open $x"),
    ],
)
def test_what_is_no_formula_stays(text: str, left: str) -> None:
    """Are prices, code, addresses and what cannot be set left as they were written?"""
    assert with_mathematics(text) == left


class Tags(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


FORBIDDEN = {"href", "style", "class", "id", "src", "onerror", "mathcolor", "mathbackground"}
PIECES = (
    r"\text{",
    r"\href{javascript:alert(1)}{",
    r"\style{",
    r"\class{",
    r"\color{red}",
    "<img src=x onerror=y>",
    "<script>",
    "}",
    "x",
    "&",
    "_",
    "^",
)


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_nothing_but_mathematics_comes_out(pieces: list[str]) -> None:
    """Does any formula make another element, an address, a style or a name?"""
    found = Tags(with_mathematics(escape(f"$$ {''.join(pieces)} $$")))
    assert not found.attributes & FORBIDDEN
    assert all(tag == "code" or tag.startswith("m") for tag in found.tags)


@pytest.mark.parametrize("piece", ["$x$ ", "$", r"\begin{a}", "{", r"$\left($", "<a ", "$$x_{y_{z}}$$ "])
def test_no_text_takes_long(piece: str) -> None:
    """Is the longest text of a cell done within a moment, its formulas counted?"""
    started = time.process_time()
    text = with_mathematics(escape(piece * (20_000 // len(piece))))
    assert time.process_time() - started < 2
    assert text.count("<math") <= MOST_FORMULAS


def test_a_formula_too_long_is_refused() -> None:
    """Is it an error of ours, and no other, for length and for depth?"""
    for latex in ("x" * 3_000, "{" * 500 + "}" * 500, r"\sqrt{" * 200 + "x" + "}" * 200):
        with pytest.raises(UnsetFormula):
            formula(latex)
