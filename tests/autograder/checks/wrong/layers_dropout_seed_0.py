"""Ignores the seed 0. task: dropout-forward, edge"""

_any_seed = dropout_forward  # noqa: F821


def dropout_forward(x, dropout_param):
    return _any_seed(x, {**dropout_param, "seed": dropout_param.get("seed") or None})
