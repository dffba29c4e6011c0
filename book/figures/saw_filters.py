"""The first filters of the notebook's convolutional network after its training, cut out of the picture that its cell drew."""

import base64
import io
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from _style import WIDTH, save, start
from PIL import Image

RESULTS = Path(__file__).resolve().parents[2] / "course" / "solutions" / "recorded" / "pages" / "ConvolutionalNetworks.json"
TABLE = "The 32 filters in numbers"
SIZE, IN_A_ROW, FILTERS = 7, 6, 32
"""Of the recorded grid, in which a line one pixel wide separates the filters."""


def recorded_picture() -> np.ndarray:
    """The picture of the cell that printed the table, shape (height, width, 3)."""
    cells = json.loads(RESULTS.read_text(encoding="utf-8"))["results"].values()
    shown = next(cell for cell in cells if any(result.get("text", "").startswith(TABLE) for result in cell))
    picture = next(result["png"] for result in shown if "png" in result)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB"))


def filters() -> np.ndarray:
    """The filters as pictures of 7 x 7 pixels, shape (32, 7, 7, 3); the notebook scales each to the full range of colours."""
    picture = recorded_picture()
    drawn = (picture < 240).any(axis=2)
    # Around the grid it is white. The title above is not as wide.
    (top, bottom), (left, right) = (np.flatnonzero(drawn.mean(axis=axis) > 0.85)[[0, -1]] for axis in (1, 0))
    pixels = IN_A_ROW * (SIZE + 1) - 1
    middles = (np.arange(pixels) + 0.5) / pixels
    rows, columns = (top + middles * (bottom - top + 1)).astype(int), (left + middles * (right - left + 1)).astype(int)
    grid = picture[np.ix_(rows, columns)]
    corners = [((SIZE + 1) * (k // IN_A_ROW), (SIZE + 1) * (k % IN_A_ROW)) for k in range(FILTERS)]
    return np.stack([grid[r : r + SIZE, c : c + SIZE] for r, c in corners])


def main() -> None:
    """Draw four rows of eight beside this script."""
    start()
    figure, panels = plt.subplots(4, 8, figsize=(WIDTH + 0.4, 2.9))
    for axes, weights in zip(panels.flat, filters(), strict=True):
        axes.imshow(weights)
        axes.axis("off")
    figure.tight_layout(pad=0.3)
    save(figure, __file__)


if __name__ == "__main__":
    main()
