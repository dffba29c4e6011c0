"""Divides by the running mean itself."""


def rmsprop(w, dw, config=None):
    config = {} if config is None else config
    lr = config.setdefault("learning_rate", 1e-2)
    rho = config.setdefault("decay_rate", 0.99)
    eps = config.setdefault("epsilon", 1e-8)
    config["cache"] = rho * config.get("cache", 0 * w) + (1 - rho) * dw**2
    step = lr * dw / (config["cache"] + eps)
    return w - step, config
