"""Update rules: how the gradient of a parameter moves it.

Every rule is called as ``next_w, config = rule(w, dw, config)``:

- ``w`` is a parameter and ``dw`` the gradient of the loss with respect to it, of the same shape. Neither is written into.
- ``config`` is a dictionary that holds the hyperparameters, and whatever the rule remembers from step to step. It is
  None at the very first call at most. Hyperparameters that are missing get their defaults; the rule puts its state into
  the dictionary and returns it, to be handed in again at the next step.

A float32 parameter stays float32, and so does what a rule remembers of it. `Solver` looks a rule up by its name in this
file, so a rule that you add here can be used at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def sgd(w: Array, dw: Array, config: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
    """Plain stochastic gradient descent: one step against the gradient. Given, as an example of a rule.

    Parameters
    ----------
    w : parameter, of any shape.
    dw : its gradient, in the same shape.
    config : ``learning_rate``: factor of the gradient, above 0; default 1e-2.

    Returns
    -------
    next_w : the parameter after the step.
    config : the dictionary, with the defaults filled in.

    Notes
    -----
    Source: Goodfellow, Bengio and Courville (2016), section 8.3.1; book: optimisers.
    """
    if config is None:
        config = {}
    learning_rate = config.setdefault("learning_rate", 0.01)
    return w - learning_rate * dw, config


def sgd_momentum(w: Array, dw: Array, config: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
    """Stochastic gradient descent with momentum.

    The velocity becomes momentum * velocity - learning_rate * dw, and then the velocity is added to w.

    Parameters
    ----------
    w : parameter, of any shape.
    dw : its gradient, in the same shape.
    config : a dictionary with the keys

        - ``learning_rate``: above 0; default 1e-2;
        - ``momentum``: 0 .. 1, where 0 gives plain descent; default 0.9;
        - ``velocity``: array in the shape of w, the memory of the rule; default zeros.

    Returns
    -------
    next_w : the parameter after the step.
    config : the dictionary, with the defaults filled in and the new ``velocity``.

    Notes
    -----
    w, dw and the old velocity are not written into. For a float32 parameter the result and the velocity are float32.

    Source: Sutskever et al. (2013), section 2; book: optimisers#momentum.
    """
    raise NotImplementedError("Task sgd-momentum (notebook FullyConnectedNets): complete sgd_momentum in coursenn/optim.py")


def rmsprop(w: Array, dw: Array, config: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
    """RMSProp: steps that are scaled, entry by entry, by the recent size of the gradient.

    The cache becomes decay_rate * cache + (1 - decay_rate) * dw**2, and then w moves by
    -learning_rate * dw / (sqrt(cache) + epsilon), with the new cache.

    Parameters
    ----------
    w : parameter, of any shape.
    dw : its gradient, in the same shape.
    config : a dictionary with the keys

        - ``learning_rate``: above 0; default 1e-2;
        - ``decay_rate``: 0 .. 1, how much of the old cache stays; default 0.99;
        - ``epsilon``: above 0, keeps the division finite; default 1e-8;
        - ``cache``: array in the shape of w, running mean of the squared gradient; default zeros.

    Returns
    -------
    next_w : the parameter after the step.
    config : the dictionary, with the defaults filled in and the new ``cache``.

    Notes
    -----
    w, dw and the old cache are not written into. For a float32 parameter the result and the cache are float32.

    Source: Tieleman and Hinton (2012); book: optimisers#rmsprop.
    """
    raise NotImplementedError("Task rmsprop (notebook FullyConnectedNets): complete rmsprop in coursenn/optim.py")


def adam(w: Array, dw: Array, config: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
    """Adam: running means of the gradient and of its square, both corrected for their start at zero.

    First t grows by 1. Then m becomes beta1 * m + (1 - beta1) * dw and v becomes beta2 * v + (1 - beta2) * dw**2.
    The means are corrected for their start at zero by dividing m by 1 - beta1**t and v by 1 - beta2**t; what is stored
    are the uncorrected ones. With the corrected means w moves by -learning_rate * m / (sqrt(v) + epsilon).

    Parameters
    ----------
    w : parameter, of any shape.
    dw : its gradient, in the same shape.
    config : a dictionary with the keys

        - ``learning_rate``: above 0; default 1e-3;
        - ``beta1``: 0 .. 1, memory of the mean of the gradient; default 0.9;
        - ``beta2``: 0 .. 1, memory of the mean of its square; default 0.999;
        - ``epsilon``: above 0, keeps the division finite; default 1e-8;
        - ``m``, ``v``: arrays in the shape of w; default zeros;
        - ``t``: number of steps so far; default 0.

    Returns
    -------
    next_w : the parameter after the step.
    config : the dictionary, with the defaults filled in and the new ``m``, ``v`` and ``t``.

    Notes
    -----
    w, dw and the old m and v are not written into. For a float32 parameter the result, m and v are float32.

    Source: Kingma and Ba (2015), algorithm 1; book: optimisers#adam.
    """
    raise NotImplementedError("Task adam (notebook FullyConnectedNets): complete adam in coursenn/optim.py")
