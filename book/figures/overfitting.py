"""Loss and accuracy of a network that learns 200 images by heart, on these and on new images."""

import matplotlib.pyplot as plt
import numpy as np
from _style import WIDTH, save, start

from coursenn.classifiers.fc_net import FullyConnectedNetBasic
from coursenn.embedded_data import draw_images
from coursenn.optim import adam

TRAIN, NEW, EPOCHS, BATCH = 200, 1000, 30, 50


def histories() -> dict[str, np.ndarray]:
    """After each epoch: loss and accuracy on both sets, rows of (train, new)."""
    images, y = draw_images(TRAIN + NEW, seed=4)
    x = (images - images[:TRAIN].mean(axis=0)).astype(np.float64)
    np.random.seed(4)
    net, configs = FullyConnectedNetBasic([100], weight_scale=1e-3, dtype=np.float64), {}
    found = {"loss": [], "accuracy": []}
    for epoch in range(EPOCHS + 1):
        parts = (slice(TRAIN), slice(TRAIN, None))
        found["loss"].append([net.loss(x[part], y[part])[0] for part in parts])
        found["accuracy"].append([np.mean(net.loss(x[part]).argmax(axis=1) == y[part]) for part in parts])
        for batch in np.array_split(np.random.permutation(TRAIN), TRAIN // BATCH) if epoch < EPOCHS else ():
            for name, gradient in net.loss(x[batch], y[batch])[1].items():
                net.params[name], configs[name] = adam(net.params[name], gradient, configs.get(name, {"learning_rate": 2e-4}))
    return {name: np.array(values) for name, values in found.items()}


def main() -> None:
    """Draw both panels beside this script."""
    start()
    figure, panels = plt.subplots(2, 1, figsize=(WIDTH, 4.4), sharex=True)
    for axes, (name, values) in zip(panels, histories().items(), strict=True):
        axes.plot(values[:, 0], label="training images")
        axes.plot(values[:, 1], label="new images")
        axes.set(ylabel=name, ylim=(0, None))
    panels[0].legend()
    panels[1].set_xlabel("epoch")
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
