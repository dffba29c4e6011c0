"""Which entries share a mean and a variance: four grids of images and channels."""

import matplotlib.pyplot as plt
from _style import DARK, WIDTH, save, start
from matplotlib.patches import Rectangle

IMAGES, CHANNELS = 6, 6
CELLS = {
    "batch": lambda n, c: c == 0,
    "layer (G = 1)": lambda n, c: n == 0,
    "instance (G = C)": lambda n, c: n == 0 and c == 0,
    "group (G = 2)": lambda n, c: n == 0 and c < CHANNELS // 2,
}


def main() -> None:
    """Draw the grids beside this script."""
    start()
    figure, panels = plt.subplots(2, 2, figsize=(WIDTH, 5.2))
    for axes, (name, belongs) in zip(panels.ravel(), CELLS.items(), strict=True):
        for n in range(IMAGES):
            for c in range(CHANNELS):
                inside = belongs(n, c)
                look = {"facecolor": "#b9cfe4" if inside else "white", "hatch": "///" if inside else None}
                axes.add_patch(Rectangle((n, -c), 1, 1, edgecolor=DARK, linewidth=1, **look))
        axes.set(xlim=(-0.1, IMAGES + 0.1), ylim=(1 - CHANNELS - 0.1, 1.1), aspect="equal", xticks=[], yticks=[])
        axes.set_title(name, fontsize=11)
        axes.set_xlabel("images")
        axes.set_ylabel("channels")
        for spine in axes.spines.values():
            spine.set_visible(False)
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
