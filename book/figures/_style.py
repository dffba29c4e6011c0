"""The look that all figures share: black on white with hatches and line styles, so that they read without colour and on a phone."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.figure import Figure

WIDTH = 5.2
DARK, MIDDLE, LIGHT = "#1b3a57", "#c05a00", "#7a7a7a"


def start() -> None:
    """Set the style; a figure's bytes then depend on its script alone."""
    lines = cycler(color=[DARK, MIDDLE, LIGHT, "#3a7d44"]) + cycler(linestyle=["-", "--", ":", "-."])
    mpl.rcParams.update(
        {
            "svg.hashsalt": "coursenn",
            "figure.figsize": (WIDTH, 3.2),
            "figure.facecolor": "white",
            "font.size": 11,
            "axes.prop_cycle": lines,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "legend.frameon": False,
            "lines.linewidth": 2,
            "lines.markersize": 5,
        }
    )


def save(figure: Figure, script: str) -> None:
    """Write the picture beside its script, and one in dots for the card that a link to the page shows."""
    figure.savefig(Path(script).with_suffix(".svg"), bbox_inches="tight", metadata={"Date": None}, facecolor="white")
    dots = Path(script).with_name(f".card-{Path(script).stem}.png")
    figure.savefig(dots, bbox_inches="tight", dpi=130, metadata={"Software": None}, facecolor="white")
    plt.close(figure)
