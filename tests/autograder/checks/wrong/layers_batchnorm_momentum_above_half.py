"""Uses a momentum of at least a half. task: batchnorm-forward"""

_any_momentum = batchnorm_forward  # noqa: F821


def batchnorm_forward(x, gamma, beta, bn_param):
    given = {**bn_param, "momentum": max(bn_param.get("momentum", 0.9), 0.5)}
    result = _any_momentum(x, gamma, beta, given)
    bn_param.update({key: given[key] for key in ("running_mean", "running_var")})
    return result
