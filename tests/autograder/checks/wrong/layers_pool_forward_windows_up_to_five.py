"""Uses only the first five rows of a window. task: max-pool-forward"""

_right = max_pool_forward_naive  # noqa: F821


def max_pool_forward_naive(x, pool_param):
    out, cache = _right(x, pool_param)
    short = {**pool_param, "pool_height": min(5, pool_param["pool_height"])}
    return _right(x, short)[0][:, :, : out.shape[2]], cache
