"""Uses an eps of at least the default. task: layernorm-forward"""

_any_eps = layernorm_forward  # noqa: F821


def layernorm_forward(x, gamma, beta, ln_param):
    return _any_eps(x, gamma, beta, {"eps": max(ln_param.get("eps", 1e-5), 1e-5)})
