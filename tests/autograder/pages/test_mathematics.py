"""Do formulas become MathML, and can a formula insert nothing else into a page?"""

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
def test_each_kind_of_formula_becomes_mathml(latex: str, element: str) -> None:
    """Does each kind of formula become its element of MathML?"""
    assert f"<{element}" in formula(latex)
    assert 'display="block"' in formula(latex, display=True)
    assert "<munderover" in formula(r"\sum_{n=1}^N x_n", display=True)


def test_every_formula_of_the_notebooks_becomes_mathml(course: Course) -> None:
    """Are all formulas in the sources of the notebooks supported?"""
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
def test_other_text_stays_as_it_is(text: str, left: str) -> None:
    """Do prices, code, addresses and unsupported formulas stay as they were written?"""
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
    """Is every element MathML or code, without addresses, styles or names?"""
    found = Tags(with_mathematics(escape(f"$$ {''.join(pieces)} $$")))
    assert not found.attributes & FORBIDDEN
    assert all(tag == "code" or tag.startswith("m") for tag in found.tags)


@pytest.mark.parametrize("piece", ["$x$ ", "$", r"\begin{a}", "{", r"$\left($", "<a ", "$$x_{y_{z}}$$ "])
def test_no_text_takes_long(piece: str) -> None:
    """Does a long text take less than 2 seconds, and is the number of formulas limited?"""
    started = time.process_time()
    text = with_mathematics(escape(piece * (20_000 // len(piece))))
    assert time.process_time() - started < 2
    assert text.count("<math") <= MOST_FORMULAS


def test_a_formula_that_is_too_long_or_deep_is_refused() -> None:
    """Is the error always an `UnsetFormula`?"""
    for latex in ("x" * 3_000, "{" * 500 + "}" * 500, r"\sqrt{" * 200 + "x" + "}" * 200):
        with pytest.raises(UnsetFormula):
            formula(latex)
