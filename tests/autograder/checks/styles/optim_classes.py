"""Right update rules in another style: an object does the work, and the dictionary only holds its state."""

import math

import numpy as np


class _Rule:
    defaults: dict = {}
    memory: tuple = ()

    def __call__(self, w, dw, config=None):
        self.config = {} if config is None else config
        for name, value in self.defaults.items():
            self.config.setdefault(name, value)
        self.old = [self.config[m] if m in self.config else w * 0 for m in self.memory]
        return w + self.step(dw), self.config

    def keep(self, *values):
        self.config.update(zip(self.memory, values, strict=True))
        return values

    def __getattr__(self, name):
        return self.config[name]


class _Momentum(_Rule):
    defaults = {"learning_rate": 1e-2, "momentum": 0.9}
    memory = ("velocity",)

    def step(self, dw):
        return self.keep(self.momentum * self.old[0] + -self.learning_rate * dw)[0]


class _RMSProp(_Rule):
    defaults = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}
    memory = ("cache",)

    def step(self, dw):
        (cache,) = self.keep(np.average([self.old[0], dw * dw], axis=0, weights=[self.decay_rate, 1 - self.decay_rate]).astype(dw.dtype))
        return -self.learning_rate * dw * (np.sqrt(cache) + self.epsilon) ** -1


class _Adam(_Rule):
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}
    memory = ("m", "v")

    def step(self, dw):
        self.config["t"] += 1
        m, v = self.keep(*(b * o + (1 - b) * g for b, o, g in zip((self.beta1, self.beta2), self.old, (dw, dw**2), strict=True)))
        # Both sides of the quotient are multiplied by the root of the correction of v.
        root = math.sqrt(1 - self.beta2**self.t)
        return -self.learning_rate * (root / (1 - self.beta1**self.t)) * m / (v**0.5 + root * self.epsilon)


def sgd_momentum(w, dw, config=None):
    return _Momentum()(w, dw, config)


def rmsprop(w, dw, config=None):
    return _RMSProp()(w, dw, config)


def adam(w, dw, config=None):
    return _Adam()(w, dw, config)
