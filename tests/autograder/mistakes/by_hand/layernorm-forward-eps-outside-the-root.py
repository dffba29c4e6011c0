"""Standard deviation plus eps."""


def layernorm_forward(x, gamma, beta, ln_param):
    sd = x.std(axis=-1)[:, None] + ln_param.get("eps", 1e-5)
    hat = (x - x.mean(axis=-1)[:, None]) / sd
    return hat * gamma + beta, hat
