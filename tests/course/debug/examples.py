"""Small inputs for every forward and backward pass of the course, away from kinks and with axes of different lengths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Example:
    """The arguments of a call of `explain_gradient`."""

    forward: Callable[..., Any]
    backward: Callable[..., Any] | None
    arguments: tuple[Any, ...]


Rng = np.random.Generator
Make = Callable[[ModuleType, Rng], Iterator[Example]]


def _away(rng: Rng, *shape: int) -> np.ndarray:
    """Return numbers away from 0, where a ReLU has its kink."""
    return rng.choice([-1, 1], shape) * rng.uniform(0.2, 2, shape)


def _distinct(rng: Rng, *shape: int) -> np.ndarray:
    """Return numbers that differ enough for the maximum of a window to stay the same after a small step."""
    return 0.05 * (rng.permutation(int(np.prod(shape))).reshape(shape) - np.prod(shape) // 2) + 0.01


def _affine(module: ModuleType, rng: Rng) -> Iterator[Example]:
    yield Example(module.affine_forward, module.affine_backward, (rng.normal(size=(5, 2, 3)), rng.normal(size=(6, 4)), rng.normal(size=4)))


def _relu(module: ModuleType, rng: Rng) -> Iterator[Example]:
    yield Example(module.relu_forward, module.relu_backward, (_away(rng, 4, 6),))
    yield Example(module.relu_forward, module.relu_backward, (_away(rng, 4, 2, 3),))


def _loss(name: str) -> Make:
    def make(module: ModuleType, rng: Rng) -> Iterator[Example]:
        yield Example(getattr(module, name), None, (rng.normal(size=(6, 5)), np.array([0, 3, 1, 4, 2, 2])))

    return make


def _norm(forward: str, backward: str) -> Make:
    def make(module: ModuleType, rng: Rng) -> Iterator[Example]:
        pair = getattr(module, forward), getattr(module, backward)
        gamma, beta = rng.normal(size=5), rng.normal(size=5)
        for scale, eps in ((2.0, 1e-5), (1.0, 0.5), (0.005, 1e-5)):
            yield Example(*pair, (rng.normal(1, 1, (7, 5)) * scale, gamma, beta, {"mode": "train", "eps": eps}))

    return make


def _dropout(module: ModuleType, rng: Rng) -> Iterator[Example]:
    for mode in ("train", "test"):
        param = {"mode": mode, "p": 0.6, "seed": int(rng.integers(1000))}
        yield Example(module.dropout_forward, module.dropout_backward, (_away(rng, 5, 6), param))
        yield Example(module.dropout_forward, module.dropout_backward, (_away(rng, 5, 2, 3), param))


def _conv(module: ModuleType, rng: Rng) -> Iterator[Example]:
    for stride, pad, size in ((1, 1, (4, 5)), (2, 0, (5, 7)), (2, 1, (5, 6))):
        arguments = rng.normal(size=(2, 3, *size)), rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4), {"stride": stride, "pad": pad}
        yield Example(module.conv_forward_naive, module.conv_backward_naive, arguments)


def _pool(module: ModuleType, rng: Rng) -> Iterator[Example]:
    for stride, height, width in ((2, 2, 2), (1, 3, 2), (2, 2, 3)):
        param = {"stride": stride, "pool_height": height, "pool_width": width}
        yield Example(module.max_pool_forward_naive, module.max_pool_backward_naive, (_distinct(rng, 2, 3, 5, 6), param))


def _spatial_batchnorm(module: ModuleType, rng: Rng) -> Iterator[Example]:
    arguments = rng.normal(1, 2, (3, 4, 2, 5)), rng.normal(size=4), rng.normal(size=4), {"mode": "train"}
    yield Example(module.spatial_batchnorm_forward, module.spatial_batchnorm_backward, arguments)


def _spatial_groupnorm(module: ModuleType, rng: Rng) -> Iterator[Example]:
    for scale in (2.0, 0.005):
        x = scale * rng.normal(1, 1, (3, 6, 2, 4))
        arguments = x, rng.normal(size=(1, 6, 1, 1)), rng.normal(size=(1, 6, 1, 1)), 2, {"eps": 1e-5}
        yield Example(module.spatial_groupnorm_forward, module.spatial_groupnorm_backward, arguments)


def _sandwich(name: str, *kinds: str) -> Make:
    def make(module: ModuleType, rng: Rng) -> Iterator[Example]:
        pair = getattr(module, f"{name}_forward"), getattr(module, f"{name}_backward")
        x, w, b = rng.normal(size=(6, 2, 3)), rng.normal(size=(6, 5)), rng.normal(size=5)
        if name == "affine_relu":
            yield Example(*pair, (x, w, b))
        elif name == "affine_norm_relu":
            for kind in kinds:
                yield Example(*pair, (x, w, b, rng.normal(size=5), rng.normal(size=5), {"mode": "train"}, kind))
        else:
            x, w, b = rng.normal(size=(2, 3, 5, 6)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)
            conv, pool = {"stride": 1, "pad": 1}, {"stride": 2, "pool_height": 2, "pool_width": 2}
            rest = {"conv_relu": (conv,), "conv_relu_pool": (conv, pool)}.get(name)
            yield Example(*pair, (x, w, b, *(rest or (rng.normal(size=4), rng.normal(size=4), conv, {"mode": "train"}))))

    return make


def _network(name: str, *settings: dict[str, Any]) -> Make:
    def make(module: ModuleType, rng: Rng) -> Iterator[Example]:
        for more in settings:
            np.random.seed(int(rng.integers(2**31)))
            more = {"reg": 0.3, "weight_scale": 0.5, "num_classes": 4, "dtype": np.float64, **more}
            images = "input_dim" in more and isinstance(more["input_dim"], tuple)
            shape = (5, *more["input_dim"]) if images else (5, 2, 3)
            if not images:
                more["input_dim"] = 6
            network = getattr(module, name)(**more)
            for key, value in network.params.items():
                if key[0] != "W":
                    value += 0.3 * rng.normal(size=value.shape)
            yield Example(network.loss, None, (rng.normal(size=shape), rng.integers(4, size=5)))

    return make


EXAMPLES: dict[str, Make] = {
    "affine-backward": _affine,
    "relu-backward": _relu,
    "softmax-loss": _loss("softmax_loss"),
    "svm-loss": _loss("svm_loss"),
    "batchnorm-backward": _norm("batchnorm_forward", "batchnorm_backward"),
    "batchnorm-backward-alt": _norm("batchnorm_forward", "batchnorm_backward_alt"),
    "layernorm-backward": _norm("layernorm_forward", "layernorm_backward"),
    "dropout-backward": _dropout,
    "conv-backward": _conv,
    "max-pool-backward": _pool,
    "spatial-batchnorm-backward": _spatial_batchnorm,
    "spatial-groupnorm-backward": _spatial_groupnorm,
    "affine-relu": _sandwich("affine_relu"),
    "affine-norm-relu": _sandwich("affine_norm_relu", "batchnorm", "layernorm"),
    "conv-relu": _sandwich("conv_relu"),
    "conv-relu-pool": _sandwich("conv_relu_pool"),
    "conv-bn-relu": _sandwich("conv_bn_relu"),
    "two-layer-net": _network("TwoLayerNet", {"hidden_dims": 7}),
    "fc-net-basic": _network("FullyConnectedNetBasic", {"hidden_dims": [7, 5]}),
    "fc-net-normalization": _network(
        "FullyConnectedNet", {"hidden_dims": [7, 5], "normalization": "batchnorm"}, {"hidden_dims": [7, 5], "normalization": "layernorm"}
    ),
    "fc-net-dropout": _network("FullyConnectedNet", {"hidden_dims": [7, 5], "dropout_keep_ratio": 0.7, "seed": 3}),
    "three-layer-convnet": _network("ThreeLayerConvNet", {"input_dim": (2, 4, 4), "num_filters": 3, "filter_size": 3, "hidden_dim": 5}),
}
"""Task -> a generator of examples of its functions."""
