BACKWARD = {"batchnorm": batchnorm_backward, "alt": batchnorm_backward_alt, "layernorm": layernorm_backward}

try:
    from .fast_layers import conv_forward_fast
except ImportError:
    conv_forward_fast = None

if BACKWARD["alt"] is not batchnorm_backward:

    def _agree(dout, cache):
        return [np.abs(a - b).max() for a, b in zip(batchnorm_backward(dout, cache), batchnorm_backward_alt(dout, cache))]
