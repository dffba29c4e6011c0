"""Does not pass eps on. task: affine-norm-relu"""

_with_eps = affine_norm_relu_forward  # noqa: F821


def affine_norm_relu_forward(x, w, b, gamma, beta, norm_param, normalization):
    without = {key: value for key, value in norm_param.items() if key != "eps"}
    result = _with_eps(x, w, b, gamma, beta, without, normalization)
    norm_param.update(without)
    return result
