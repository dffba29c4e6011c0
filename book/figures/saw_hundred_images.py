"""Loss and accuracy of the small convolutional network that learns a hundred images by heart."""

import matplotlib.pyplot as plt
import numpy as np
from _style import WIDTH, save, start

from coursenn.classifiers.cnn import ThreeLayerConvNet
from coursenn.data_utils import get_CIFAR10_data
from coursenn.solver import Solver

SETTINGS = {"num_epochs": 15, "batch_size": 50, "update_rule": "adam", "optim_config": {"learning_rate": 1e-3}, "verbose": False}


def main() -> None:
    """Draw both panels beside this script."""
    start()
    np.random.seed(493)
    data = get_CIFAR10_data(num_training=100, num_validation=500, verbose=False)
    solver = Solver(ThreeLayerConvNet(weight_scale=1e-2), data, **SETTINGS)
    solver.train()
    figure, (loss, accuracy) = plt.subplots(1, 2, figsize=(WIDTH + 0.4, 2.5))
    loss.plot(np.arange(1, len(solver.loss_history) + 1), solver.loss_history, marker=".")
    loss.set(xlabel="step", ylabel="loss", ylim=(0, None))
    accuracy.plot(solver.train_acc_history, label="training")
    accuracy.plot(solver.val_acc_history, label="validation")
    accuracy.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1.05))
    accuracy.legend()
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
