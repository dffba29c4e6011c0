"""Differentiates with the default eps. task: spatial-groupnorm-backward"""

_own_eps, _own_backward = spatial_groupnorm_forward, spatial_groupnorm_backward  # noqa: F821


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    return _own_eps(x, gamma, beta, G, gn_param)[0], _own_eps(x, gamma, beta, G, {})[1]
