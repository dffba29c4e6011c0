import sys
import warnings


def relu_forward(x):
    warnings.warn("numerical trouble ahead", RuntimeWarning, stacklevel=1)
    print("careful", file=sys.stderr)
    np.array([1.0]) / np.array([0.0])
    return np.maximum(x, 0), x
