"""The picture that a link to a page shows: its title and a figure of the page, drawn by matplotlib, in few colours."""

from __future__ import annotations

import hashlib
import io
import textwrap
from pathlib import Path

from docutils import nodes
from PIL import Image, PngImagePlugin
from sphinx.environment import BuildEnvironment

from autograder.paths import REPOSITORY

FOLDER = "cards"
WIDTH, HEIGHT, DOTS_PER_INCH = 1200, 630, 100
COLOURS = 32
TITLE_COLUMN = 15
"""Characters in a line of the title."""
INK, FAINT = "#1b3a57", "#666666"
FIGURES = REPOSITORY / "book" / "figures"
WITHOUT_FIGURE = {"book/index": "conv_scatter", "book/identities": "gradient_error", "book/glossary": "norm_axes"}
"""Pages without a figure from a script -> the figure that is shown for them."""


def card_name(page: str) -> str:
    """Where the card of a page is, relative to the top of the site."""
    return f"{FOLDER}/{page.replace('/', '-')}.png"


def figure_picture(name: str) -> Path:
    """The PNG that `_style.save` writes beside a figure."""
    return FIGURES / f".card-{name}.png"


def draw_cards(env: BuildEnvironment, site: Path, site_name: str) -> None:
    """Draw the card of each page that has none, or whose title or figure has changed."""
    for page in sorted(env.found_docs):
        title = env.titles[page].astext() if page in env.titles else page
        picture = _picture(env, page)
        content = picture.read_bytes() if picture is not None else b""
        key = hashlib.sha256(f"{title}\0{site_name}\0".encode() + content).hexdigest()
        target = site / card_name(page)
        if _key_of(target) != key:
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(_card(title, site_name, picture, key))


def _picture(env: BuildEnvironment, page: str) -> Path | None:
    drawn = (Path(image["uri"]) for image in env.get_doctree(page).findall(nodes.image))
    names = [path.stem for path in drawn if path.parent.name == "figures"]
    found = (figure_picture(name) for name in [*names, *filter(None, [WITHOUT_FIGURE.get(page)])])
    return next((path for path in found if path.is_file()), None)


def _key_of(path: Path) -> str:
    if not path.is_file():
        return ""
    with Image.open(path) as image:
        return str(image.info.get("key", ""))


def _card(title: str, site_name: str, picture: Path | None, key: str) -> bytes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / DOTS_PER_INCH, HEIGHT / DOTS_PER_INCH), dpi=DOTS_PER_INCH, facecolor="white")
    lines = textwrap.wrap(title, TITLE_COLUMN if picture else 2 * TITLE_COLUMN)
    figure.text(0.05, 0.9, "\n".join(lines), va="top", fontsize=30 if picture else 40, fontweight="bold", color=INK, linespacing=1.25)
    figure.text(0.05, 0.07, site_name, fontsize=19, color=FAINT)
    if picture is not None:
        axes = figure.add_axes((0.44, 0.14, 0.53, 0.8))
        axes.imshow(Image.open(picture).convert("RGB"), interpolation="lanczos")
        axes.axis("off")
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    information = PngImagePlugin.PngInfo()
    information.add_text("key", key)
    small = io.BytesIO()
    Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(small, "PNG", optimize=True, pnginfo=information)
    return small.getvalue()
