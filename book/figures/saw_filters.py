"""The filters of a small convolutional network before and after 400 steps of training."""

import matplotlib.pyplot as plt
import numpy as np
from _style import WIDTH, save, start

from coursenn.classifiers.cnn import ThreeLayerConvNet
from coursenn.embedded_data import draw_images
from coursenn.optim import adam

FILTERS, STEPS, BATCH = 8, 400, 50


def trained(model: ThreeLayerConvNet) -> None:
    """Train a network, in place."""
    images, labels = draw_images(2000, seed=5)
    x = images.astype(np.float32)
    x -= x.mean(axis=0)
    states = {name: {"learning_rate": 1e-3} for name in model.params}
    rng = np.random.default_rng(5)
    for _ in range(STEPS):
        rows = rng.choice(len(x), BATCH, replace=False)
        gradients = model.loss(x[rows], labels[rows])[1]
        for name, gradient in gradients.items():
            model.params[name], states[name] = adam(model.params[name], gradient, states[name])


def main() -> None:
    """Draw a row before and one after beside this script."""
    start()
    np.random.seed(5)
    model = ThreeLayerConvNet(num_filters=FILTERS, hidden_dim=50, weight_scale=1e-3, reg=1e-3, dtype=np.float32)
    rows = {"before": model.params["W1"].copy()}
    trained(model)
    rows["after"] = model.params["W1"]
    figure, panels = plt.subplots(2, FILTERS, figsize=(WIDTH + 0.4, 1.7))
    for (name, filters), line in zip(rows.items(), panels, strict=True):
        for axes, weights in zip(line, filters.transpose(0, 2, 3, 1), strict=True):
            axes.imshow(weights / (2 * np.abs(weights).max()) + 0.5)
            axes.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, fontsize=10)
    figure.tight_layout(pad=0.3)
    save(figure, __file__)


if __name__ == "__main__":
    main()
