"""Convolution by a plain compiled im2col and a matrix product, and pooling by reshaping, as similar courses provide them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from .measure import BUILD

SOURCE = Path(__file__).with_name("im2col_loops.pyx")


@cache
def loops() -> Any:
    """Return the compiled loops, built if their source is newer, or None without Cython or a compiler."""
    target = BUILD / "im2col_loops"
    built = next(target.glob("im2col_loops*.so"), None)
    if built is None or built.stat().st_mtime < SOURCE.stat().st_mtime:
        target.mkdir(parents=True, exist_ok=True)
        script = (
            "from setuptools import Extension, setup; from Cython.Build import cythonize;"
            f"setup(script_args=['-q', 'build_ext', '-b', {str(target)!r}, '-t', {str(target)!r}], name='im2col_loops',"
            f"ext_modules=cythonize([Extension('im2col_loops', [{str(SOURCE)!r}], extra_compile_args=['-O3'])],"
            f"build_dir={str(target)!r}, quiet=True))"
        )
        done = subprocess.run([sys.executable, "-c", script], cwd=target, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"The im2col layer is left out because it does not compile: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            return None
        built = next(target.glob("im2col_loops*.so"))
    spec = importlib.util.spec_from_file_location("im2col_loops", built)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def conv_forward(x: Any, w: Any, b: Any, conv_param: dict[str, int]) -> tuple[Any, Any]:
    """The same as `coursenn.fast_layers.conv_forward_fast`."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    f, c, hh, ww = w.shape
    rows, columns = (padded.shape[2] - hh) // stride + 1, (padded.shape[3] - ww) // stride + 1
    cols = np.empty((c * hh * ww, len(x) * rows * columns), x.dtype)
    loops().im2col(padded, cols, hh, ww, stride, rows, columns)
    out = (w.reshape(f, -1) @ cols + b[:, None]).reshape(f, len(x), rows, columns).transpose(1, 0, 2, 3)
    return np.ascontiguousarray(out), (x.shape, w, conv_param, cols)


def conv_backward(dout: Any, cache: Any) -> tuple[Any, Any, Any]:
    """The same as `coursenn.fast_layers.conv_backward_fast`."""
    (n, c, h, width), w, conv_param, cols = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    f, _, hh, ww = w.shape
    flat = dout.transpose(1, 0, 2, 3).reshape(f, -1)
    dpadded = np.zeros((n, c, h + 2 * pad, width + 2 * pad), dout.dtype)
    loops().col2im(w.reshape(f, -1).T @ flat, dpadded, hh, ww, stride, *dout.shape[2:])
    return dpadded[:, :, pad : pad + h, pad : pad + width], (flat @ cols.T).reshape(w.shape), dout.sum(axis=(0, 2, 3))


def pool_forward(x: Any) -> tuple[Any, Any]:
    """Pool windows of 2 x 2 that tile the images."""
    n, c, h, w = x.shape
    windows = x.reshape(n, c, h // 2, 2, w // 2, 2)
    out = windows.max(axis=3).max(axis=4)
    return out, (windows, out)


def pool_backward(dout: Any, cache: Any) -> Any:
    """Return the gradient of `pool_forward`, divided equally among equal maxima."""
    windows, out = cache
    mask = windows == out[:, :, :, None, :, None]
    n, c, rows, _, columns, _ = windows.shape
    dx = mask * dout[:, :, :, None, :, None] / mask.sum(axis=(3, 5), keepdims=True)
    return dx.astype(dout.dtype).reshape(n, c, 2 * rows, 2 * columns)
