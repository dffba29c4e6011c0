"""Icons of the theme: one font with the few icons that pages show, instead of three with 2,000 and a script that draws them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

STYLE = "styles/pydata-sphinx-theme.css"
FONTS = "vendor/fontawesome/webfonts"
_NAME = re.compile(r"\bfa-[a-z0-9-]+")
_ICON = re.compile(r'(?P<names>\.fa-[a-z0-9-]+:+before(?:,\.fa-[a-z0-9-]+:+before)*)\{content:"(?:\\(?P<code>[0-9a-f]+)|(?P<letter>.))"\}')
_SOURCE = re.compile(r'url\((?P<path>[^)]*/webfonts/[\w-]+)\.woff2\)[^,;}]*,\s*url\([^)]*\.ttf\)\s*format\("truetype"\)')
_CODE = re.compile(r'"\\([ef][0-9a-f]{3})"')


def lighten_icons(static: Path, pages: Iterable[Path]) -> None:
    """Reduce ``static`` to what the icons of ``pages`` need; a second call changes nothing."""
    style = static / STYLE
    css = style.read_text(encoding="utf-8")
    if ".woff2" in css:
        scripts = (p for p in static.rglob("*.js") if p.name != "fontawesome.js")
        used = {name for path in (*pages, *scripts) for name in _NAME.findall(path.read_text(encoding="utf-8", errors="replace"))}
        css = _without_others(css, used)
        codes = {int(code, 16) for code in _CODE.findall(css)}
        for font in (static / FONTS).glob("*.ttf"):
            _cut(font, codes)
        style.write_text(_SOURCE.sub(r'url(\g<path>.woff) format("woff")', css), encoding="utf-8")
    for heavy in (
        *(static / FONTS).glob("*.ttf"),
        *(static / FONTS).glob("*.woff2"),
        *static.glob("scripts/fontawesome.*"),
        *static.rglob("*.map"),
    ):
        heavy.unlink(missing_ok=True)


def _without_others(css: str, used: set[str]) -> str:
    """A style sheet without the rules for icons that no page uses."""
    return _ICON.sub(lambda rule: rule.group() if used & set(_NAME.findall(rule["names"])) else "", css)


def _cut(font: Path, codes: set[int]) -> None:
    """Write, beside a font, a font with only these characters."""
    loaded = TTFont(font)
    options = subset.Options(flavor="woff", hinting=False, layout_features=[])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes & set(loaded.getBestCmap()))
    cutter.subset(loaded)
    subset.save_font(loaded, str(font.with_suffix(".woff")), options)
