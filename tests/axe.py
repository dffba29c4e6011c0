"""What axe-core finds on a page that is open in a browser."""

from __future__ import annotations

import importlib.resources
from collections.abc import Sequence
from typing import Any

WCAG_AA = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""The groups of rules that make up level AA of WCAG 2.2."""


def violations(page: Any, tags: Sequence[str] = (), *, rules: Sequence[str] = (), within: dict[str, Any] | None = None) -> list[str]:
    """Return each element that breaks a rule, with the rule; by default, of all default rules and the whole page.

    Parameters
    ----------
    page : a Playwright page, whose context must allow scripts of other origins: ``bypass_csp=True``.
    tags : groups of rules.
    rules : names of rules, instead of groups.
    within : a context of axe, with selectors to include or exclude.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    options: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
    if tags or rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": list(tags)}
    found = page.evaluate("([within, options]) => axe.run(within || document, options)", [within, options])
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found["violations"] for node in rule["nodes"]]
