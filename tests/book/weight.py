"""The bytes that a browser loads for the first view of a page."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

LINK = re.compile(r"<(?:link|script|img|iframe|object)\b[^>]*>")
ADDRESS = re.compile(r'\b(?:href|src|data)="([^"]+)"')
LOADED = re.compile(r'\brel="(?:[^"]* )?(?:stylesheet|icon|preload)"')
STYLE_ADDRESS = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s]+)""")
LIVE = re.compile(r'<figure[^>]*class="[^"]*\binteractive\b.*?src="[^"]*/([\w-]+)\.svg"', re.DOTALL)
WITHOUT_SCRIPTS = re.compile(r"<noscript>.*?</noscript>", re.DOTALL)
LATER = 'loading="lazy"'
COMPRESSED = {".woff", ".woff2", ".png", ".jpg", ".gif"}
"""Kinds of files that a server does not compress again."""


def weight(site: Path, page: str) -> dict[str, int]:
    """Return file -> compressed bytes for all files that a page loads, including fonts and the first interactive page."""
    start = (site / page).resolve()
    waiting, found = [start], {}
    text = start.read_text(encoding="utf-8")
    if first := LIVE.search(text):
        waiting.append((site / "interactive" / f"{first[1]}.html").resolve())
    while waiting:
        path = waiting.pop()
        name = path.relative_to(site.resolve()).as_posix()
        if name not in found:
            content = path.read_bytes()
            found[name] = len(content) if path.suffix in COMPRESSED else len(gzip.compress(content))
            waiting += _needs(path)
    return found


def _needs(path: Path) -> list[Path]:
    # A browser with scripts does not load what is meant for others.
    text = WITHOUT_SCRIPTS.sub("", path.read_text(encoding="utf-8")) if path.suffix in (".html", ".css") else ""
    if path.suffix == ".css":
        links = STYLE_ADDRESS.findall(text)
    else:
        tags = (tag for tag in LINK.findall(text) if LATER not in tag and (not tag.startswith("<link") or LOADED.search(tag)))
        links = [link for tag in tags for link in ADDRESS.findall(tag)]
    inside = (link.partition("#")[0].partition("?")[0] for link in links if not re.match(r"[a-z]+:|//|#", link))
    return [target for link in inside if link and (target := (path.parent / link).resolve()).is_file()]
