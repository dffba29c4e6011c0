def relu_forward(x):
    class Window:
        __array_interface__ = {"shape": x.shape, "typestr": "<f8", "data": (id(x), True), "version": 3}

        def __array__(self, *a, **k):
            return np.asarray(x) * (x > 0)

    return Window(), x
