"""Keeps velocities in the module, by their shape. task: sgd-momentum"""

_velocities = {}


def sgd_momentum(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    velocity = config["momentum"] * _velocities.get(w.shape, 0 * w) - config["learning_rate"] * dw
    _velocities[w.shape] = config["velocity"] = velocity
    return w + velocity, config
