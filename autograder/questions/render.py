"""Fills the templates of the application."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from autograder.pages.render import points
from autograder.plural import counted


@cache
def _jinja_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("autograder.questions"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["points"] = points
    environment.filters["counted"] = counted
    return environment


def page(template: str, **values: Any) -> str:
    """A page. The content of a variable is text, unless the template says that it is cleaned HTML."""
    return _jinja_environment().get_template(template).render(**values)
