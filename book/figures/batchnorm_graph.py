"""The computation graph of batch normalization, as an SVG that reads in black and white."""

import matplotlib.pyplot as plt
from _style import WIDTH, save, start

NODES = {
    "x": (0, 0, r"$x$"),
    "mean": (0.75, 1, r"$\mu$"),
    "diff": (1.5, 0, r"$x - \mu$"),
    "square": (2.1, 1, r"$(x - \mu)^2$"),
    "var": (3.3, 1, r"$\sigma^2$"),
    "root": (4.5, 1, r"$\sqrt{\sigma^2 + \epsilon}$"),
    "hat": (4.5, 0, r"$\hat x$"),
    "scaled": (5.5, 0, r"$\gamma \hat x$"),
    "y": (6.4, 0, r"$y$"),
    "gamma": (5.5, -1, r"$\gamma$"),
    "beta": (6.4, -1, r"$\beta$"),
}
EDGES = [
    ("x", "mean"),
    ("x", "diff"),
    ("mean", "diff"),
    ("diff", "square"),
    ("square", "var"),
    ("var", "root"),
    ("root", "hat"),
    ("diff", "hat"),
    ("hat", "scaled"),
    ("gamma", "scaled"),
    ("scaled", "y"),
    ("beta", "y"),
]


def main() -> None:
    """Draw the graph beside this script."""
    start()
    figure, axes = plt.subplots(figsize=(WIDTH + 0.6, 2.6))
    boxes = {
        name: axes.text(left, top, label, ha="center", va="center", bbox={"boxstyle": "round", "fc": "white", "ec": "0.2"}, zorder=3)
        for name, (left, top, label) in NODES.items()
    }
    for begin, end in EDGES:
        # Arrows end at the boxes, whatever their width.
        look = {"arrowstyle": "-|>", "color": "0.3", "patchA": boxes[begin].get_bbox_patch(), "patchB": boxes[end].get_bbox_patch()}
        axes.annotate("", xy=NODES[end][:2], xytext=NODES[begin][:2], arrowprops=look)
    axes.set(xlim=(-0.4, 6.8), ylim=(-1.4, 1.4))
    axes.axis("off")
    save(figure, __file__)


if __name__ == "__main__":
    main()
