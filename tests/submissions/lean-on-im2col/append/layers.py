from . import im2col


def conv_forward_naive(x, w, b, conv_param):
    columns = im2col.im2col(x, w.shape[2], w.shape[3], conv_param["pad"], conv_param["stride"])
    return columns, (x, w, b, conv_param)
