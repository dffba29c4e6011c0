"""np.mean and np.var of the whole array."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    hat = (x - np.mean(x)) / np.sqrt(np.var(x) + ln_param.get("eps", 1e-5))
    return hat * gamma + beta, hat
