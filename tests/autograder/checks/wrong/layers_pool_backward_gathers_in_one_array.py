"""Returns the same array for all calls of one shape. task: max-pool-backward, edge"""

_right = max_pool_backward_naive  # noqa: F821
_arrays = {}


def max_pool_backward_naive(dout, cache):
    dx = _right(dout, cache)
    kept = _arrays.setdefault((dx.shape, dx.dtype), dx)
    kept[...] = dx
    return kept
