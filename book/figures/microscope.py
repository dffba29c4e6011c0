"""The graph that `explain_gradient` finds of a gate whose backward pass forgets one of two branches."""

from pathlib import Path
from typing import Any

import numpy as np

from coursenn.debug import explain_gradient

RNG = np.random.default_rng(0)


def gate_forward(x: np.ndarray, slope: np.ndarray) -> Any:
    """An input times a function of itself."""
    z = slope * x
    s = np.tanh(z)
    out = x * s
    return out, (x, slope, s)


def gate_backward(dout: np.ndarray, cache: Any) -> Any:
    """Without what comes back through the product."""
    x, slope, s = cache
    ds = dout * x
    dz = ds * (1 - s**2)
    return dz * slope, (dz * x).sum(axis=0)


def main() -> None:
    """Draw the picture beside this script."""
    explanation = explain_gradient(gate_forward, gate_backward, RNG.standard_normal((6, 4)), RNG.standard_normal(4))
    Path(__file__).with_suffix(".svg").write_text(explanation.svg() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
