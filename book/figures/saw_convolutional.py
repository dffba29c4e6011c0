"""Accuracies and numbers of weights of the convolutional and of the fully connected network, from the recorded tables."""

import matplotlib.pyplot as plt
import numpy as np
from _recorded import FOLDER, table
from _style import DARK, MIDDLE, WIDTH, save, start

LAYERS = ("W1", "W2", "W3")


def weights() -> dict[str, list[float]]:
    """The second table: network -> weights of each layer."""
    lines = (FOLDER / "conv-against-fully-connected.txt").read_text(encoding="utf-8").splitlines()
    rows = lines[next(i for i, line in enumerate(lines) if line.startswith("network")) + 2 :]
    return {" ".join(row.split()[:-3]): [float(number) for number in row.split()[-3:]] for row in rows if row.strip()}


def main() -> None:
    """Draw both panels beside this script."""
    start()
    columns = table("conv-against-fully-connected")
    figure, (accuracy, size) = plt.subplots(1, 2, figsize=(WIDTH + 0.6, 2.8))
    for place, (run, colour, hatch) in enumerate(zip(columns["run"], (DARK, MIDDLE), (None, "//"), strict=True)):
        style = {"color": "white", "edgecolor": colour, "hatch": hatch, "label": run}
        shift = 0.38 * (place - 0.5)
        accuracy.bar(np.arange(2) + shift, [columns[name][place] for name in ("train acc", "val acc")], 0.34, **style)
        size.bar(np.arange(3) + shift, weights()[run], 0.34, **style)
    accuracy.set_xticks(range(2), ["training", "validation"])
    accuracy.set(ylabel="accuracy", ylim=(0, 1))
    accuracy.legend(loc="upper right", fontsize=9)
    size.set(yscale="log", ylabel="weights", ylim=(1e3, 1e7))
    size.set_xticks(range(3), ["first\nlayer", "second", "third"])
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
