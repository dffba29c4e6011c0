"""Losses and accuracies of a network of six layers in ten epochs, with and without batch normalization: the run of the notebook, again."""

import matplotlib.pyplot as plt
import numpy as np
from _style import WIDTH, save, start

from coursenn.classifiers.fc_net import FullyConnectedNet
from coursenn.data_utils import get_CIFAR10_data
from coursenn.solver import Solver

IMAGES, EPOCHS, WINDOW = 1000, 10, 10
SETTINGS = {"num_epochs": EPOCHS, "batch_size": 50, "update_rule": "adam", "optim_config": {"learning_rate": 1e-3}, "verbose": False}


def runs() -> dict[str, Solver]:
    """Both trainings, as the notebook has them: all weights are drawn before the first step."""
    data = get_CIFAR10_data(verbose=False)
    few = {**data, "X_train": data["X_train"][:IMAGES], "y_train": data["y_train"][:IMAGES]}
    np.random.seed(493)
    kinds = {"batchnorm": "batchnorm", "plain": None}
    models = {name: FullyConnectedNet([100] * 5, weight_scale=2e-2, normalization=norm) for name, norm in kinds.items()}
    solvers = {name: Solver(model, few, **SETTINGS) for name, model in models.items()}
    for solver in solvers.values():
        solver.train()
    return solvers


def main() -> None:
    """Draw the three panels beside this script."""
    start()
    figure, (loss, train, new) = plt.subplots(3, 1, figsize=(WIDTH, 5.6))
    for name, solver in runs().items():
        smooth = np.convolve(solver.loss_history, np.ones(WINDOW) / WINDOW, "valid")
        loss.plot(np.arange(WINDOW, WINDOW + len(smooth)), smooth, label={"batchnorm": "batch normalization"}.get(name, name))
        train.plot(solver.train_acc_history)
        new.plot(solver.val_acc_history)
    loss.set(ylabel="loss", xlabel="step", ylim=(0, None))
    loss.legend()
    train.set(ylabel="training\naccuracy", ylim=(0, 1), xticklabels=[])
    new.set(ylabel="validation\naccuracy", ylim=(0, 0.5), xlabel="epoch")
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
