"""Classes of networks with one contract or edge case broken, as `autograder.audit.broken_contracts` has for functions."""

from __future__ import annotations

WRAPPED = """
_called_{name} = []


class {name}({name}):
{body}
"""
METHODS = {
    "leaves its arguments as they were": """
    def loss(self, X, y=None):
        result = super().loss(X, y)
        X += 1
        return result
""",
    "calls do not affect each other": """
    def loss(self, X, y=None):
        for value in self.__dict__.setdefault("given", []):
            value.fill(0)
        result = super().loss(X, y)
        self.given = [] if y is None else list(result[1].values())
        return result
""",
    "networks do not affect each other": """
    def loss(self, X, y=None):
        beside = _called_{name} not in ([], [self])
        _called_{name}[:] = [self]
        result = super().loss(X, y)
        return result + beside if y is None else (result[0] + beside, result[1])
""",
    "float32 stays float32": """
    def loss(self, X, y=None):
        result = super().loss(X, y)
        return result.astype(np.float64) if y is None else (result[0], {{k: v.astype(np.float64) for k, v in result[1].items()}})
""",
    "arrays may lie in memory in any way": """
    def loss(self, X, y=None):
        return super().loss(np.ravel(X, order="K").reshape(X.shape), y)
""",
    "x may have any number type": """
    def loss(self, X, y=None):
        return super().loss(X if X.dtype.kind == "f" else X / 255, y)
""",
    "takes hidden dim as another name": """
    def __init__(self, *args, hidden_dim=None, **kwargs):
        super().__init__(*args, **kwargs)
""",
    "weights may start at zero": """
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{{**kwargs, "weight_scale": kwargs.get("weight_scale") or 1e-2}})
""",
    "sizes may be one": """
    def loss(self, X, y=None):
        return super().loss(np.squeeze(X), y)
""",
    "raises the documented errors": """
    def __init__(self, *args, **kwargs):
        try:
            super().__init__(*args, **kwargs)
        except ValueError:
            pass
""",
}
"""Name of a check -> the method that fails it; every brace is doubled except those around the class's name."""
