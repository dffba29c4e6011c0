"""Spread of the activations through seven layers with and without batch normalization, from the recorded table."""

import matplotlib.pyplot as plt
from _recorded import table
from _style import DARK, MIDDLE, WIDTH, save, start


def main() -> None:
    """Draw the eight lines beside this script."""
    start()
    columns = table("bn-layer-spreads")
    layers = columns.pop("layer")
    figure, axes = plt.subplots(figsize=(WIDTH, 3.8))
    markers = dict(zip(("0.0001", "0.01", "0.2", "1"), "osD^", strict=True))
    for name, values in columns.items():
        kind, scale = name.split()
        colour, style = (DARK, "-") if kind == "bn" else (MIDDLE, "--")
        label = f"scale {scale}" if kind == "bn" else None
        axes.semilogy(layers, values, color=colour, linestyle=style, marker=markers[scale], label=label)
    axes.set(xlabel="layer", ylabel="standard deviation before the ReLU")
    axes.legend(loc="lower left")
    save(figure, __file__)


if __name__ == "__main__":
    main()
