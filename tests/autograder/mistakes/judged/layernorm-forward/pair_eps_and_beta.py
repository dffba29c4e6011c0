"""No eps and no shift."""


def layernorm_forward(x, gamma, beta, ln_param):
    mean, std = x.mean(axis=1, keepdims=True), x.std(axis=1, keepdims=True)
    xn = (x - mean) / std
    return (xn * gamma).astype(x.dtype), (xn, std, gamma)
