"""The Chromium that prints the book and tests its pages. Standard library only, since tests import it without the book's packages."""

from __future__ import annotations

import shutil

from autograder.machine import BROWSERS

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def browser_path() -> str | None:
    """Where Chromium is."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)
