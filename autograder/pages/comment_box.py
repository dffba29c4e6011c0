"""Adds a box for a comment below each check in the formgrader: nbgrader has one only below cells that students fill in."""

from __future__ import annotations

import re
from typing import Any

from jinja2 import pass_context

from autograder.pages import filters

LABEL = "Comment for the student, shown beside this task in the feedback"
_ID = re.compile(r"[A-Za-z0-9_-]+")


@pass_context
def highlight_code(context: Any, source: str, metadata: Any = None, **options: Any) -> str:
    """The filter of that name, and the box below the code of a check.

    ``formgrade.js`` of nbgrader 0.9.6 takes the element whose id is the name of the cell and ``-comment``.
    """
    html = filters.highlight_code(context, source, **options)
    cell = (metadata or {}).get("nbgrader", {})
    name = str(cell.get("grade_id", ""))
    is_check = cell.get("grade") and not cell.get("solution") and _ID.fullmatch(name)
    if is_check and "submission_id" in context.get("resources", {}):
        box = f'<textarea id="{name}-comment" class="comment tabbable"></textarea>'
        html += f'<div class="panel-footer"><label for="{name}-comment">{LABEL}</label>{box}</div>'
    return html
