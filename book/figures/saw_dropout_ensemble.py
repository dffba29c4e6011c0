"""Validation accuracy of averages over masks, for a network trained with dropout, against test mode."""

import matplotlib.pyplot as plt
import numpy as np
from _style import WIDTH, save, start

from coursenn.classifiers.fc_net import FullyConnectedNet
from coursenn.data_utils import get_CIFAR10_data
from coursenn.layer_utils import affine_relu_forward
from coursenn.layers import affine_forward, dropout_forward
from coursenn.solver import Solver

IMAGES, KEEP, MASKS, TRIALS = 500, 0.25, (1, 2, 4, 8, 16, 32, 64), 5
SETTINGS = {"num_epochs": 25, "batch_size": 100, "update_rule": "adam", "optim_config": {"learning_rate": 5e-4}, "verbose": False}


def accuracies() -> tuple[np.ndarray, float]:
    """Accuracies of averages, a row for each number of masks and a column for each trial, and that of test mode."""
    data = get_CIFAR10_data(verbose=False)
    np.random.seed(493)
    net = FullyConnectedNet([500], dropout_keep_ratio=KEEP)
    Solver(net, {**data, "X_train": data["X_train"][:IMAGES], "y_train": data["y_train"][:IMAGES]}, **SETTINGS).train()
    x, y, p = data["X_val"], data["y_val"], net.params
    hidden = affine_relu_forward(x.reshape(len(x), -1), p["W1"], p["b1"])[0]
    found = np.zeros((len(MASKS), TRIALS))
    for trial in range(TRIALS):
        total = 0.0
        for number in range(1, MASKS[-1] + 1):
            thinned = dropout_forward(hidden, {"mode": "train", "p": KEEP})[0]
            scores = affine_forward(thinned, p["W2"], p["b2"])[0]
            raised = np.exp(scores - scores.max(axis=1, keepdims=True))
            total = total + raised / raised.sum(axis=1, keepdims=True)
            if number in MASKS:
                found[MASKS.index(number), trial] = np.mean(total.argmax(axis=1) == y)
    return found, float(np.mean(net.loss(x).argmax(axis=1) == y))


def main() -> None:
    """Draw the averages and the line of test mode beside this script."""
    start()
    found, test = accuracies()
    figure, axes = plt.subplots(figsize=(WIDTH, 2.9))
    axes.errorbar(MASKS, found.mean(axis=1), found.std(axis=1), fmt="o-", capsize=4, label="average over masks")
    axes.axhline(test, color="black", linestyle="--", label="test mode")
    axes.set(xscale="log", xlabel="masks in the average", ylabel="validation accuracy", ylim=(0.15, 0.4))
    axes.set_xticks(MASKS, [str(number) for number in MASKS])
    axes.minorticks_off()
    axes.legend(loc="lower right")
    save(figure, __file__)


if __name__ == "__main__":
    main()
