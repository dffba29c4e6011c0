"""Always uses a momentum of 0.9. task: conv-bn-relu"""

_told = conv_bn_relu_forward  # noqa: F821


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    own = {**bn_param, "momentum": 0.9}
    result = _told(x, w, b, gamma, beta, conv_param, own)
    bn_param.update(running_mean=own["running_mean"], running_var=own["running_var"])
    return result
