"""The roofline of one processor core, and the rates of three convolutions below it, from the recorded table."""

import matplotlib.pyplot as plt
import numpy as np
from _recorded import table
from _style import DARK, MIDDLE, save, start


def main() -> None:
    """Draw the roof and three points beside this script."""
    start()
    columns = table("fast-roofline")
    rates = dict(zip(columns["what"], columns["GFLOP/s"], strict=True))
    slope, ceiling = rates["copying, GB/s"], rates["numpy's product of matrices"]
    figure, axes = plt.subplots()
    intensity = np.geomspace(0.5, 300, 200)
    axes.loglog(intensity, np.minimum(slope * intensity, ceiling), color=DARK)
    for name, at, marker in zip(columns["what"], columns["operations per byte"], "  osD", strict=True):
        if at != "-":
            axes.plot(float(at), rates[name], marker, color=MIDDLE, markersize=9, linestyle="none", label=name)
    axes.set(xlabel="operations per byte", ylabel="GFLOP/s", ylim=(8, 300))
    axes.legend(loc="lower right")
    save(figure, __file__)


if __name__ == "__main__":
    main()
