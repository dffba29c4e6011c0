"""The computation graph of batch normalization, as an SVG that reads in black and white."""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

NODES = {
    "x": (0, 0, r"$x$"),
    "mean": (1.6, 1.2, r"$\mu$"),
    "diff": (3.0, 0, r"$x - \mu$"),
    "square": (4.6, 1.2, r"$(x - \mu)^2$"),
    "var": (6.4, 1.2, r"$\sigma^2$"),
    "root": (8.2, 1.2, r"$1/\sqrt{\sigma^2 + \epsilon}$"),
    "hat": (9.8, 0, r"$\hat x$"),
    "scaled": (11.4, 0, r"$\gamma \hat x$"),
    "y": (12.9, 0, r"$y$"),
    "gamma": (11.4, -1.2, r"$\gamma$"),
    "beta": (12.9, -1.2, r"$\beta$"),
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
    mpl.rcParams["svg.hashsalt"] = "coursenn"
    figure, axes = plt.subplots(figsize=(9, 2.6))
    for start, end in EDGES:
        arrow = {"arrowstyle": "-|>", "color": "0.35", "shrinkA": 18, "shrinkB": 20}
        axes.annotate("", xy=NODES[end][:2], xytext=NODES[start][:2], arrowprops=arrow)
    for left, top, label in NODES.values():
        axes.text(left, top, label, ha="center", va="center", fontsize=12, bbox={"boxstyle": "round", "fc": "white", "ec": "0.2"})
    axes.set(xlim=(-0.6, 13.5), ylim=(-1.7, 1.8))
    axes.axis("off")
    figure.savefig(Path(__file__).with_suffix(".svg"), bbox_inches="tight", metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    main()
