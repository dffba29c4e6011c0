"""Accuracies after each epoch with all units and with a quarter of them, from the recorded table of the single run."""

import matplotlib.pyplot as plt
from _recorded import table
from _style import WIDTH, save, start


def main() -> None:
    """Draw the two panels beside this script."""
    start()
    columns = table("dropout-epochs")
    figure, panels = plt.subplots(2, 1, figsize=(WIDTH, 4.4), sharex=True)
    for axes, (part, name, top) in zip(panels, (("train", "training", 1.03), ("val", "validation", 0.45)), strict=True):
        for keep in ("1", "0.25"):
            axes.plot(columns["epoch"], columns[f"keep {keep}: {part}"], label=f"keep {keep}")
        axes.set(ylabel=f"{name}\naccuracy", ylim=(0, top))
    panels[0].legend(loc="lower right")
    panels[1].set_xlabel("epoch")
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
