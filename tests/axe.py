"""What axe-core finds on a page that is open in a browser."""

from __future__ import annotations

import importlib.resources
from typing import Any


def load_axe(page: Any) -> None:
    """Load axe into a page; its context must allow that: ``bypass_csp=True``."""
    page.evaluate(importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))


def violations(page: Any, *tags: str) -> list[tuple[str, str]]:
    """The rules that a page breaks, each with the first element that breaks it; without tags, of all default rules.

    Parameters
    ----------
    page : a Playwright page into which axe is loaded.
    tags : groups of rules such as ``wcag2aa``.
    """
    options: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
    if tags:
        options["runOnly"] = {"type": "tag", "values": list(tags)}
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found]
