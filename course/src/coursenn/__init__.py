"""Neural-network layers in numpy: the package that students of the course complete.

Some rules hold for every function that you write, and are not repeated in its description:

- Every size is at least 1: one example, one feature, one filter and one channel are allowed, and none is never asked for.
- No argument is written into, nor an array inside one. A dictionary gets new entries where the description says so.
- Each call is on its own: what it gives depends on its arguments, not on calls before or after it. Several forward passes may
  come before the first backward pass, in any order, and a backward pass may be asked for twice. Two networks may live and
  learn side by side. Random numbers are drawn anew where the description says so.
- float32 in gives float32 out. (From numpy 2 on, a float64 scalar such as ``np.sqrt(np.float64(2))`` makes a float32 array
  float64; a Python float does not. In numpy 1.26 neither does.)
- An array may lie in memory in any way: transposed, reversed, or every second entry of another.
- A backward pass costs about as much as its forward pass: a gradient of 300,000 inputs or weights is there within three
  seconds.

And some things are free: what a cache holds; the way you write a formula; warnings, printed text, and how long a correct
function takes, within reason; a result of shape ``(1, D)`` where ``(D,)`` is described.
"""

import os as _os

# Threads of numpy's matrix product, and those of the compiled layers, wait for more work on the cores that the others need: up to 30 ms
# unless these say otherwise. Both libraries read them once, when they are loaded.
_os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
if "OMP_WAIT_POLICY" not in _os.environ:
    _os.environ.setdefault("GOMP_SPINCOUNT", "10000")


def __getattr__(name: str) -> str:
    """``__version__``, which is that of the course; read when somebody asks."""
    if name == "__version__":
        import json
        from pathlib import Path

        return str(json.loads(Path(__file__).with_name("tasks.json").read_text(encoding="utf-8"))["version"])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
