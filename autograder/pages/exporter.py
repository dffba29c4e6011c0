"""Notebooks as pages: nbconvert's exporter without its second look at the whole page, which takes longer than making it."""

from __future__ import annotations

import re
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat.notebooknode import NotebookNode

NO_ALT = re.compile(r"<img\b(?![^>]*\salt=)", re.IGNORECASE)
ALT = '<img alt="No description has been provided for this image"'
"""The words of nbconvert."""


class _PageKeeper(TemplateExporter):
    """Keeps the page that a template makes, and hands on an empty one."""

    page = ""

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[Any, dict[str, Any]]:
        """Fill the template."""
        self.page, resources = super().from_notebook_node(nb, resources, **kw)
        return "", resources


class PageExporter(HTMLExporter, _PageKeeper):
    """An `HTMLExporter` for feedback.

    nbconvert parses each page into a tree of a hundred thousand elements to give pictures a description, and cells of another
    template than ours a place in the order of the tabulator key. `_PageKeeper`, its next base class, keeps the page from it.
    """

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[Any, dict[str, Any]]:
        """The page of a notebook."""
        _, resources = super().from_notebook_node(nb, resources, **kw)
        page, self.page = self.page, ""
        return NO_ALT.sub(ALT, page), resources
