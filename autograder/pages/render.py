"""Fills a template; the content of a variable is always text and never mark-up."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from autograder.pages.sanitize import plain
from autograder.plural import counted

MAX_VALUE_CHARACTERS = 2000
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that would show the following text in another order."""


@cache
def jinja_environment(package: str = "autograder.pages") -> Environment:
    """The templates of one of our packages; the content of a variable is text."""
    environment = Environment(
        loader=PackageLoader(package), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["points"] = points
    environment.filters["counted"] = counted
    environment.filters["clean"] = lambda text: _DIRECTION.sub("", plain(text, MAX_VALUE_CHARACTERS))
    return environment


def points(value: float) -> str:
    """Points as people write them, without the word."""
    return f"{round(float(value), 2):g}"


def render(template: str, **values: Any) -> str:
    """The page that a template in ``templates/`` makes from some values."""
    return jinja_environment().get_template(template).render(**values)
