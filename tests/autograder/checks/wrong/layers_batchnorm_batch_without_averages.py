"""Uses the statistics of the batch in test mode if there are no running averages. task: batchnorm-forward, edge"""

_from_zeros = batchnorm_forward  # noqa: F821


def batchnorm_forward(x, gamma, beta, bn_param):
    if bn_param["mode"] == "test" and "running_mean" not in bn_param:
        bn_param.update(running_mean=x.mean(axis=0), running_var=x.var(axis=0))
    return _from_zeros(x, gamma, beta, bn_param)
