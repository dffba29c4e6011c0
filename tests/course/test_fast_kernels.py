"""Do the compiled loops agree with the naive layers, and with PyTorch if it is installed, for random sizes and every instruction set?

`make sanitize` runs this module again with a build that checks every memory access.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coursenn import _extension, fast_layers, fused, layers, optim
from tests.course.built_extension import built_extension

Array = np.ndarray[Any, np.dtype[Any]]
BOUND = {np.float32: 1e-5, np.float64: 1e-12}
ALL, SOME = 500, 100


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The extension, as a separate copy for each test."""
    module = built_extension()
    monkeypatch.setitem(_extension._state, "module", module)
    yield module
    module.use(module.instruction_sets()[-1])


class Case:
    """Random images, filters and windows, with any stride, padding and shape that give at least one output."""

    def __init__(self, number: int, dtype: type) -> None:
        rng = self.rng = np.random.default_rng([number, np.dtype(dtype).itemsize])
        self.dtype = dtype
        self.stride, self.pad = int(rng.integers(1, 5)), int(rng.integers(0, 4))
        window = rng.integers(1, 8, 2)
        size = [int(rng.integers(max(1, k - 2 * self.pad), k + longest)) for k, longest in zip(window, (8, 24), strict=True)]
        n, c, f = int(rng.integers(0 if number % 25 == 0 else 1, 4)), int(rng.integers(1, 5)), int(rng.integers(1, 20))
        self.x = self.draw(n, c, *size)
        self.w = self.draw(f, c, *window)
        self.b = self.draw(f)
        self.conv = {"stride": self.stride, "pad": self.pad}
        shape = fast_layers.conv_shape(self.x, self.w, self.conv)
        height, width = (int(rng.integers(1, min(5, k) + 1)) for k in shape[2:])
        self.pool = {"pool_height": height, "pool_width": width, "stride": int(rng.integers(1, 5))}
        self.dout = self.draw(*shape)
        self.dpooled = self.draw(*fast_layers.pool_shape(shape, self.pool))

    def draw(self, *shape: int) -> Array:
        """Return normal numbers, sometimes stored by columns, with gaps, reversed or in the other byte order."""
        layout = self.rng.integers(0, 8)
        values = self.rng.standard_normal(tuple(2 * s for s in shape) if layout == 1 else shape).astype(self.dtype)
        if layout == 0:
            return np.asfortranarray(values)
        if layout == 1:
            return values[(slice(None, None, 2),) * len(shape)]
        if layout == 2:
            return values[..., ::-1]
        return values.astype(values.dtype.newbyteorder()) if layout == 3 else values

    def doubles(self, *arrays: Array) -> tuple[Array, ...]:
        """Return the arrays in double precision, so that the expected values have no rounding errors that matter."""
        return tuple(a.astype(np.float64) for a in arrays)

    def close(self, name: str, ours: Array, wanted: Array) -> None:
        """Assert that two arrays agree, relative to the largest entry."""
        assert ours.shape == wanted.shape, name
        assert ours.dtype == self.dtype, name
        scale = float(np.abs(wanted).max(initial=1e-30))
        error = float(np.abs(ours - wanted).max(initial=0)) / max(scale, 1e-3)
        assert error <= BOUND[self.dtype], f"{name}: error {error:.1e} for x {self.x.shape}, w {self.w.shape}, {self.conv}, {self.pool}"


def cases(dtype: type, prove: bool, kernels: Any) -> Any:
    """Yield the cases, with the instruction sets in turn."""
    sets = kernels.instruction_sets()
    for number in range(ALL if prove else SOME):
        kernels.use(sets[number % len(sets)])
        yield Case(number, dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_is_convolution_exact(dtype: type, kernels: Any, prove: bool) -> None:
    """Are the output and the gradients those of the naive layer for images and filters of every size and layout?"""
    for case in cases(dtype, prove, kernels):
        out, cache = fast_layers.conv_forward_fast(case.x, case.w, case.b, case.conv)
        wanted, naive_cache = layers.conv_forward_naive(*case.doubles(case.x, case.w, case.b), case.conv)
        case.close("out", out, wanted)
        gradients = fast_layers.conv_backward_fast(case.dout, cache)
        naive = layers.conv_backward_naive(*case.doubles(case.dout), naive_cache)
        for name, ours, right in zip(fast_layers.GRADIENTS, gradients, naive, strict=True):
            case.close(name, ours, right)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_is_pooling_exact(dtype: type, kernels: Any, prove: bool) -> None:
    """Are maxima, ties and NaN exactly as in the naive layer?"""
    for case in cases(dtype, prove, kernels):
        x = np.round(case.draw(*case.dout.shape))
        if case.rng.random() < 0.5:
            x[case.rng.random(x.shape) < 0.2] = np.nan
        out, cache = fast_layers.max_pool_forward_fast(x, case.pool)
        wanted, naive_cache = layers.max_pool_forward_naive(x, case.pool)
        np.testing.assert_array_equal(out, wanted)
        dout = np.round(case.dpooled * 8)  # sums of whole numbers are exact in any order
        np.testing.assert_array_equal(
            fast_layers.max_pool_backward_fast(dout, cache), layers.max_pool_backward_naive(dout, naive_cache), strict=False
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_does_the_fused_sandwich_equal_its_parts(dtype: type, kernels: Any, prove: bool) -> None:
    """Are results and gradients those of convolution, ReLU and pooling one after the other?"""
    for case in cases(dtype, prove, kernels):
        out, cache = fused.conv_relu_pool_forward(case.x, case.w, case.b, case.conv, case.pool)
        # The maxima are chosen among rounded numbers, so the parts must compute in the same precision.
        features, _ = fast_layers.conv_forward_fast(case.x, case.w, case.b, case.conv)
        active, relu_cache = layers.relu_forward(features)
        wanted, pool_cache = fast_layers.max_pool_forward_fast(active, case.pool)
        np.testing.assert_array_equal(out, wanted)
        upstream = layers.relu_backward(fast_layers.max_pool_backward_fast(case.dpooled, pool_cache), relu_cache)
        exact = layers.conv_backward_naive(*case.doubles(upstream), (*case.doubles(case.x, case.w, case.b), case.conv))
        for name, ours, right in zip(fast_layers.GRADIENTS, fused.conv_relu_pool_backward(case.dpooled, cache), exact, strict=True):
            case.close(name, ours, right)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_does_pytorch_agree(dtype: type, kernels: Any, prove: bool) -> None:
    """Are the outputs and gradients of convolution and pooling those of PyTorch?"""
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional

    def tensor(a: Array) -> Any:
        return torch.tensor(np.array(a, np.float64, order="C"), requires_grad=True)

    for case in cases(dtype, prove, kernels):
        if not len(case.x):
            continue
        x, w, b = tensor(case.x), tensor(case.w), tensor(case.b)
        out = functional.conv2d(x, w, b, case.stride, case.pad)
        out.backward(tensor(case.dout))
        ours, cache = fast_layers.conv_forward_fast(case.x, case.w, case.b, case.conv)
        case.close("out", ours, out.detach().numpy())
        for name, gradient, theirs in zip(fast_layers.GRADIENTS, fast_layers.conv_backward_fast(case.dout, cache), (x, w, b), strict=True):
            case.close(name, gradient, theirs.grad.numpy())
        x = tensor(case.x)
        window = min(case.pool["pool_height"], x.shape[2]), min(case.pool["pool_width"], x.shape[3])
        pooled = functional.max_pool2d(x, window, case.pool["stride"])
        param = {"pool_height": window[0], "pool_width": window[1], "stride": case.pool["stride"]}
        ours, cache = fast_layers.max_pool_forward_fast(case.x, param)
        np.testing.assert_array_equal(ours, pooled.detach().numpy())
        pooled.backward(tensor(np.ones_like(ours)))
        np.testing.assert_array_equal(fast_layers.max_pool_backward_fast(np.ones_like(ours), cache), x.grad.numpy())


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("where", ["x", "w", "dout"])
def test_do_infinite_numbers_and_nan_give_what_they_give_in_the_naive_layer(bad: float, where: str, kernels: Any) -> None:
    """Do the plain and the fused layers give NaN exactly where the definition does?"""
    rng = np.random.default_rng(2)
    arrays = {"x": rng.standard_normal((2, 2, 7, 6)), "w": rng.standard_normal((3, 2, 3, 3)), "dout": rng.standard_normal((2, 3, 7, 6))}
    arrays[where][1, 1, 1, 2] = bad
    x, w, dout = arrays.values()
    conv, pool = {"stride": 1, "pad": 1}, {"pool_height": 2, "pool_width": 3, "stride": 2}
    with np.errstate(all="ignore"):
        out, cache = fast_layers.conv_forward_fast(x, w, np.zeros(3), conv)
        wanted, naive_cache = layers.conv_forward_naive(x, w, np.zeros(3), conv)
        gradients = fast_layers.conv_backward_fast(dout, cache)
        naive = layers.conv_backward_naive(dout, naive_cache)
        pairs = [(out, wanted), *zip(gradients, naive, strict=True)]
        if where == "x":
            pooled, cache = fused.conv_relu_pool_forward(x, w, np.zeros(3), conv, pool)
            active, relu_cache = layers.relu_forward(wanted)
            right, pool_cache = layers.max_pool_forward_naive(active, pool)
            upstream = np.ones_like(right)
            dactive = layers.relu_backward(layers.max_pool_backward_naive(upstream, pool_cache), relu_cache)
            fused_gradients = fused.conv_relu_pool_backward(upstream, cache)
            pairs += [(pooled, right), *zip(fused_gradients, layers.conv_backward_naive(dactive, naive_cache), strict=True)]
    for ours, right in pairs:
        np.testing.assert_allclose(ours, right, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("wanted", [(), ("dx",), ("dw",), ("db",), ("dw", "db")])
def test_are_only_wanted_gradients_computed(wanted: tuple[str, ...], kernels: Any) -> None:
    """Is None returned for the other gradients, and the same array for the wanted ones?"""
    case = Case(1, np.float64)
    _, cache = fast_layers.conv_forward_fast(case.x, case.w, case.b, case.conv)
    _, fused_cache = fused.conv_relu_pool_forward(case.x, case.w, case.b, case.conv, case.pool)
    for backward, dout, kept in (
        (fast_layers.conv_backward_fast, case.dout, cache),
        (fused.conv_relu_pool_backward, case.dpooled, fused_cache),
    ):
        for name, some, right in zip(fast_layers.GRADIENTS, backward(dout, kept, wanted), backward(dout, kept), strict=True):
            assert (some is None) == (name not in wanted)
            if some is not None:
                np.testing.assert_array_equal(some, right)
    with pytest.raises(ValueError, match="dy"):
        fast_layers.conv_backward_fast(case.dout, cache, wanted=("dy",))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_does_the_fused_adam_equal_adam(dtype: type, kernels: Any) -> None:
    """Do ten steps equal those of `optim.adam`, in place, and is the result the same for another layout?"""
    rng = np.random.default_rng(6)
    start = rng.standard_normal((7, 5)).astype(dtype)
    for w in (start.copy(), np.asfortranarray(start)):
        wanted, config, fused_config = start.copy(), {"learning_rate": 0.1}, {"learning_rate": 0.1}
        ours = w
        for _ in range(10):
            dw = rng.standard_normal(w.shape).astype(dtype)
            wanted, config = optim.adam(wanted, dw, config)
            ours, fused_config = fused.adam_fused(ours, dw, fused_config)
        assert (ours is w) == w.flags.c_contiguous
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, wanted, rtol=20 * BOUND[dtype], atol=BOUND[dtype])
        assert fused_config["t"] == 10
        np.testing.assert_allclose(fused_config["v"], config["v"], rtol=20 * BOUND[dtype])


def test_may_a_window_have_more_entries_than_the_index_of_a_maximum_can_hold(kernels: Any) -> None:
    """Is pooling over a very large window right, fused or not?"""
    x = np.random.default_rng(7).standard_normal((1, 1, 260, 260)).astype(np.float32)
    pool = {"pool_height": 260, "pool_width": 256, "stride": 4}
    out, cache = fast_layers.max_pool_forward_fast(x, pool)
    np.testing.assert_array_equal(out[0, 0], [[x[..., :256].max(), x[..., 4:].max()]])
    assert fast_layers.max_pool_backward_fast(np.ones_like(out), cache).sum() == 2
    fused_out, cache = fused.conv_relu_pool_forward(
        x, np.ones((1, 1, 1, 1), np.float32), np.zeros(1, np.float32), {"stride": 1, "pad": 0}, pool
    )
    np.testing.assert_array_equal(fused_out, out)
    assert fused.conv_relu_pool_backward(np.ones_like(out), cache)[2] == 2


THREADS = """
import os
import numpy as np
from coursenn import fast_layers, fused, _extension
fast = _extension.extension(np.dtype("f8"))
x, w, b = (np.random.default_rng(0).standard_normal(s) for s in ((9, 3, 17, 17), (5, 3, 5, 5), (5,)))
conv, pool = {"stride": 1, "pad": 2}, {"pool_height": 2, "pool_width": 2, "stride": 2}
def results():
    out, cache = fast_layers.conv_forward_fast(x, w, b, conv)
    pooled, fused_cache = fused.conv_relu_pool_forward(x, w, b, conv, pool)
    return [out, *fast_layers.conv_backward_fast(out, cache), pooled, *fused.conv_relu_pool_backward(pooled, fused_cache)]
def total():
    return " ".join(f"{np.abs(a).sum():.10g}" for a in results())
print(fast.threads_for(10**7), total(), flush=True)
if hasattr(os, "fork"):
    child = os.fork()
    if not child:
        print(fast.threads_for(10**7), total(), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_do_threads_change_no_result_and_does_a_forked_process_continue_with_one(kernels: Any, reference: Path) -> None:
    """Are the results those of one thread, and does a process avoid a deadlock if it forks after it has used several?"""
    lines = []
    for threads in ("1", "3"):
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "PYTHONPATH": str(reference), "COURSENN_NO_EXTENSION": ""}
        command = [sys.executable, "-c", THREADS]
        lines += subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    counts, totals = zip(*(line.split(" ", 1) for line in lines), strict=True)
    assert set(totals) == {totals[0]}
    assert counts in (("1", "1", "3", "1"), ("1",) * 4)
