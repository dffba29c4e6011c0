"""Fills the templates of the application."""

from __future__ import annotations

from typing import Any

from autograder.pages.render import jinja_environment


def page(template: str, **values: Any) -> str:
    """A page. The content of a variable is text, unless the template says that it is cleaned HTML."""
    return jinja_environment("autograder.questions").get_template(template).render(**values)
