"""Two reasons to change the learning rate: wandering around a minimum, and the first steps of Adam."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from _style import WIDTH, save, start

from coursenn.classifiers.fc_net import FullyConnectedNetBasic
from coursenn.embedded_data import draw_images
from coursenn.optim import adam, sgd

STEPS, RUNS, START = 600, 400, 10.0
RATES = {"rate 0.1": lambda t: 0.1, "rate 0.01": lambda t: 0.01, "0.1, falling to 0.01": lambda t: max(0.01, 0.1 * 0.99**t)}
FIRST, WARM, RATE = 60, 20, 3e-3


def distances(rate: Callable[[int], float]) -> np.ndarray:
    """Root mean square of the distance to the minimum of a parabola, over many runs of noisy descent; shape (STEPS + 1,)."""
    rng, w, found = np.random.default_rng(0), np.full(RUNS, START), [START]
    for t in range(STEPS):
        w, _ = sgd(w, w + rng.standard_normal(RUNS), {"learning_rate": rate(t)})
        found.append(float(np.sqrt(np.mean(w**2))))
    return np.array(found)


def first_losses(warm: int, rate: float = RATE) -> np.ndarray:
    """Losses of the first steps of a network on images of size 60 under Adam, the rate growing over `warm` steps; shape (FIRST,)."""
    images, y = draw_images(1000, seed=4)
    x = (images - images.mean(axis=0)).astype(np.float64)
    np.random.seed(4)
    net, configs, losses = FullyConnectedNetBasic([100, 100], weight_scale=0.01, dtype=np.float64), {}, []
    for step in range(FIRST):
        batch = np.random.choice(len(x), 50, replace=False)
        loss, gradients = net.loss(x[batch], y[batch])
        losses.append(loss)
        for name, gradient in gradients.items():
            config = configs.get(name, {}) | {"learning_rate": rate * min(1.0, (step + 1) / warm) if warm else rate}
            net.params[name], configs[name] = adam(net.params[name], gradient, config)
    return np.array(losses)


def main() -> None:
    """Draw both panels beside this script."""
    start()
    figure, (wandering, warming) = plt.subplots(2, 1, figsize=(WIDTH, 5.2))
    for name, rate in RATES.items():
        wandering.plot(distances(rate), label=name)
    wandering.set(yscale="log", xlabel="step", ylabel="distance to the minimum")
    wandering.legend()
    for name, warm in {"full rate from the first step": 0, f"warm-up over {WARM} steps": WARM}.items():
        warming.plot(np.arange(1, FIRST + 1), first_losses(warm), label=name)
    warming.set(xlabel="step", ylabel="loss", ylim=(0, None))
    warming.legend()
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
