"""Joins the summary page and the page of a notebook: nbgrader's exchange hands out only pages of notebooks.

Both are made from the templates of this folder, which mark where their style and their content are.
"""

from __future__ import annotations

from html import escape

STYLE = "/* own style */", "/* end of own style */"
CONTENT = "<!-- content -->", "<!-- end of content -->"


def joined(summary: str, notebook: str, title: str) -> str:
    """The summary with a notebook below it.

    Parameters
    ----------
    summary, notebook : pages as HTML.
    title : of the notebook.
    """
    heading = f'<section aria-labelledby="this-notebook">\n<h2 id="this-notebook">{escape(title)}</h2>\n'
    section = f"{heading}{_between(notebook, CONTENT)}</section>\n"
    return _before_end(_before_end(summary, STYLE, _between(notebook, STYLE)), CONTENT, section)


def _between(page: str, marks: tuple[str, str]) -> str:
    return page.partition(marks[0])[2].rpartition(marks[1])[0]


def _before_end(page: str, marks: tuple[str, str], text: str) -> str:
    before, end, after = page.partition(marks[1])
    return before + text + end + after
