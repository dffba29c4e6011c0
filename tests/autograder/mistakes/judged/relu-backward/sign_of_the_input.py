"""Uses the sign of x as the slope."""

import numpy as np


def relu_backward(dout, cache):
    x = cache
    slope = np.sign(x)
    return dout * slope
