"""Finds the page of a destination in a PDF. For files written by Chromium, whose objects are plain text."""

from __future__ import annotations

import re

_OBJECT = re.compile(rb"(?:^|\s)(\d+) 0 obj\b(.*?)\bendobj", re.DOTALL)
_REFERENCE = re.compile(rb"(\d+) 0 R")


def pages_of(pdf: bytes, prefix: str) -> dict[str, int]:
    """Name of each destination that begins with ``prefix`` -> its page, from 1 on.

    Parameters
    ----------
    pdf : the bytes of the file.
    prefix : letters, digits and hyphens, which a PDF writes unescaped.
    """
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    order = {page: place for place, page in enumerate(_in_order(objects), start=1)}
    found = re.findall(rb"/(" + prefix.encode() + rb"[\w-]*)\s*\[\s*(\d+) 0 R", pdf)
    return {name.decode(): order[int(page)] for name, page in found if int(page) in order}


def _in_order(objects: dict[int, bytes]) -> list[int]:
    """The numbers of the objects that are pages, in order."""
    catalog = next((body for body in objects.values() if re.search(rb"/Type\s*/Catalog", body)), b"")
    root = re.search(rb"/Pages\s+(\d+) 0 R", catalog)
    waiting, pages = [int(root[1])] if root else [], []
    while waiting:
        number = waiting.pop(0)
        body = objects.get(number, b"")
        if kids := re.search(rb"/Kids\s*\[(.*?)\]", body, re.DOTALL):
            waiting[:0] = [int(kid) for kid in _REFERENCE.findall(kids[1])]
        else:
            pages.append(number)
    return pages
