def relu_forward(x):
    return 0 * x, x


def conv_forward_naive(x, w, b, conv_param):
    from . import helper

    return helper.conv(x, w, b, conv_param)
