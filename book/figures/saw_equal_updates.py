"""Accuracies after the same number of updates over the batch size, for three kinds of networks, from the recorded table."""

import matplotlib.pyplot as plt
from _recorded import spread, table
from _style import WIDTH, save, start


def main() -> None:
    """Draw both panels beside this script."""
    start()
    columns = table("ln-equal-updates")
    sizes = columns["batch size"]
    figure, panels = plt.subplots(2, 1, figsize=(WIDTH, 5), sharex=True)
    kinds = (("plain", "plain", "s", 0.96), ("batchnorm", "batch normalization", "o", 1.0), ("layernorm", "layer normalization", "D", 1.04))
    for axes, part in zip(panels, ("train", "val"), strict=True):
        for kind, label, marker, aside in kinds:
            means, deviations = spread(columns[f"{kind}: {part}"])
            axes.errorbar(sizes * aside, means, yerr=deviations, marker=marker, capsize=3, label=label)
    panels[0].set(ylabel="training accuracy", xscale="log")
    panels[0].legend(loc="lower right")
    panels[1].set(xlabel="batch size", ylabel="validation accuracy")
    panels[1].set_xticks(sizes, [f"{size:.0f}" for size in sizes])
    panels[1].minorticks_off()
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
