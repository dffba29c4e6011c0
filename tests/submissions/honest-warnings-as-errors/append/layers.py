import warnings

warnings.simplefilter("error")
np.seterr(all="raise")


def relu_forward(x):
    return np.maximum(x, 0), x
