"""Functions that compute both sides of the book's equations. See `registry`."""

from __future__ import annotations

import importlib
import pkgutil

from tests.book.identities.registry import REGISTRY, Identity

MACHINERY = {"registry", "definitions"}


def load() -> list[Identity]:
    """Import every module of this folder, and return what they have registered."""
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        if module not in MACHINERY:
            importlib.import_module(f"{__name__}.{module}")
    return REGISTRY
