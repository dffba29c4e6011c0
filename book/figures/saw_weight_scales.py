"""Accuracy and loss over the scale of the first weights, with and without batch normalization, from the recorded table."""

import matplotlib.pyplot as plt
from _recorded import table
from _style import WIDTH, save, start


def main() -> None:
    """Draw both panels beside this script."""
    start()
    columns = table("bn-weight-scales")
    figure, (accuracy, loss) = plt.subplots(2, 1, figsize=(WIDTH, 4.6), sharex=True)
    for name, label, marker in (("bn", "batch normalization", "o"), ("plain", "plain", "s")):
        accuracy.semilogx(columns["weight scale"], columns[f"{name}: val"], marker=marker, markersize=4, label=label)
        loss.loglog(columns["weight scale"], columns[f"{name}: loss"], marker=marker, markersize=4)
    accuracy.set(ylabel="best validation\naccuracy", ylim=(0, 0.48))
    accuracy.legend(ncols=2, loc="upper left")
    loss.set(xlabel="weight scale", ylabel="final loss")
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
