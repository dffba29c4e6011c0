"""Softmax and hinge loss of one example with two classes, over the lead of the right class."""

import matplotlib.pyplot as plt
import numpy as np
from _style import save, start

from coursenn.layers import softmax_loss, svm_loss


def main() -> None:
    """Draw both curves beside this script."""
    start()
    leads = np.linspace(-4, 4, 161)
    right = np.array([0])
    figure, axes = plt.subplots()
    for name, loss in (("softmax", softmax_loss), ("hinge", svm_loss)):
        axes.plot(leads, [loss(np.array([[lead, 0.0]]), right)[0] for lead in leads], label=name)
    axes.set(xlabel="lead of the right class", ylabel="loss")
    axes.legend()
    save(figure, __file__)


if __name__ == "__main__":
    main()
