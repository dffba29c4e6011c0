"""Divides by the cache."""


def rmsprop(w, dw, config=None):
    config = {} if config is None else config
    for key, value in (("learning_rate", 1e-2), ("decay_rate", 0.99), ("epsilon", 1e-8)):
        config.setdefault(key, value)
    rate = config["decay_rate"]
    config["cache"] = rate * config.get("cache", 0 * w) + (1 - rate) * dw * dw
    return w - config["learning_rate"] * dw / (config["cache"] + config["epsilon"]), config
