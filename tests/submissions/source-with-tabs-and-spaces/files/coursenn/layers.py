def relu_forward(x):
    if True:
	out = x
        return out, x


def relu_backward(dout, cache):
    return dout * (cache > 0)
