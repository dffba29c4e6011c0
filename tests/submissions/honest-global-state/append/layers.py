import sys

_seen = []
sys.setrecursionlimit(5000)


def relu_forward(x):
    np.random.seed(0)
    np.set_printoptions(precision=2)
    _seen.append(x.shape)
    return np.maximum(x, 0), x
