import dataclasses
import functools


@dataclasses.dataclass
class Cache:
    mask: "np.ndarray[NotThere]"


def traced(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        traced.count += 1
        return function(*args, **kwargs)

    return inner


traced.count = 0


class Relu:
    def __call__(self, x):
        return x * (x > 0), Cache(x > 0)

    @staticmethod
    def back(dout, cache, scale):
        return scale * dout * cache.mask


relu_forward = traced(Relu())if False else traced(lambda x: Relu()(x))
relu_backward = functools.partial(Relu.back, scale=1)
