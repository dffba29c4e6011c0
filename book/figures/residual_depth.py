"""Size of the gradient on its way back through fifty layers or residual blocks, with and without batch normalization."""

import matplotlib.pyplot as plt
import numpy as np
from _style import save, start

from coursenn.layer_utils import affine_norm_relu_backward, affine_norm_relu_forward
from coursenn.layers import affine_backward, affine_forward, batchnorm_backward, batchnorm_forward, relu_backward, relu_forward

UNITS, EXAMPLES, DEPTH = 64, 100, 50
ONES, ZEROS = np.ones(UNITS), np.zeros(UNITS)
Array = np.ndarray


def _layer(h: Array, w: Array) -> tuple[Array, object]:
    return affine_norm_relu_forward(h, w, ZEROS, ONES, ZEROS, {"mode": "train"}, "batchnorm")


def _block(h: Array, w: Array, normalized: bool) -> tuple[Array, object]:
    branch, relu = relu_forward(h)
    branch, affine = affine_forward(branch, w, ZEROS)
    norm = None
    if normalized:
        branch, norm = batchnorm_forward(branch, ONES, ZEROS, {"mode": "train"})
    return h + branch, (relu, affine, norm)


def _block_back(dout: Array, cache: object) -> Array:
    relu, affine, norm = cache
    branch = dout if norm is None else batchnorm_backward(dout, norm)[0]
    return dout + relu_backward(affine_backward(branch, affine)[0], relu)


def sizes(kind: str) -> tuple[Array, Array]:
    """Mean squares of the activations after each layer, and of the gradient before each layer from the end on, relative to the end."""
    rng = np.random.default_rng(0)
    h, caches = rng.standard_normal((EXAMPLES, UNITS)), []
    forward = [(h**2).mean()]
    for _ in range(DEPTH):
        w = np.sqrt(2 / UNITS) * rng.standard_normal((UNITS, UNITS))
        h, cache = _layer(h, w) if kind == "layers" else _block(h, w, kind == "normalized blocks")
        caches.append(cache)
        forward.append((h**2).mean())
    gradient = rng.standard_normal(h.shape)
    back = [(gradient**2).mean()]
    for cache in reversed(caches):
        gradient = affine_norm_relu_backward(gradient, cache)[0] if kind == "layers" else _block_back(gradient, cache)
        back.append((gradient**2).mean())
    return np.array(forward), np.array(back) / back[0]


def main() -> None:
    """Draw the three curves beside this script."""
    start()
    figure, axes = plt.subplots()
    names = {"blocks": "residual, no normalization", "layers": "batch norm, not residual", "normalized blocks": "residual, batch norm"}
    for kind, name in names.items():
        axes.semilogy(np.sqrt(sizes(kind)[1]), label=name)
    axes.set(xlabel="layers or blocks from the end", ylabel="gradient, relative")
    axes.legend()
    save(figure, __file__)


if __name__ == "__main__":
    main()
