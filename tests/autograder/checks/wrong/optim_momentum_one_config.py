"""Uses the same dictionary for all parameters without one. task: sgd-momentum, edge"""

_with_config = sgd_momentum  # noqa: F821
_config = {}


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = _config
        if getattr(config.get("velocity"), "shape", None) != w.shape:
            config.pop("velocity", None)
    return _with_config(w, dw, config)
