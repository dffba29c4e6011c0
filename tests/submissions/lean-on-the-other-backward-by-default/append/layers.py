class _Layers:
    backward = staticmethod(batchnorm_backward)


def batchnorm_backward_alt(dout, cache, backward=batchnorm_backward, *, layers=_Layers):
    try:
        return backward(dout, cache)
    except ImportError:
        return layers.backward(dout, cache)
