"""Fills a template; whatever stands in a variable is text and never mark-up."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from autograder.pages.sanitize import plain

MAX_TEXT = 2000


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("autograder.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["points"] = points
    environment.filters["clean"] = lambda text: plain(text, MAX_TEXT)
    return environment


def points(value: float) -> str:
    """Points as a person writes them."""
    return f"{round(float(value), 2):g}"


def render(template: str, **values: Any) -> str:
    """The page that a template of ``templates/`` makes of some values."""
    return _environment().get_template(template).render(**values)
