"""Do the fast layers agree with the naive ones, with the compiled extension and with only numpy?"""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coursenn import _extension, fast_layers, fused, im2col, layers, optim
from tests.course.built_extension import built_extension
from tests.examples import examples

TOLERANCE = {np.float32: 2e-4, np.float64: 1e-10}


@pytest.fixture(params=["extension", "numpy"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Use one of the two implementations of the fast layers."""
    module = built_extension() if request.param == "extension" else None
    monkeypatch.setitem(_extension._state, "module", module)
    return str(request.param)


@st.composite
def shapes(draw: st.DrawFn, pad: bool) -> dict[str, Any]:
    """Draw sizes of images, windows, strides and paddings with at least one window."""
    around = draw(st.integers(0, 3)) if pad else 0
    window = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    height, width = (draw(st.integers(max(1, size - 2 * around), 9)) for size in window)
    return {
        "x": (draw(st.integers(0, 3)), draw(st.integers(1, 3)), height, width),
        "filters": draw(st.integers(1, 3)),
        "window": window,
        "stride": draw(st.integers(1, 4)),
        "pad": around,
        "dtype": draw(st.sampled_from([np.float32, np.float64])),
        "seed": draw(st.integers(0, 2**32 - 1)),
        "order": draw(st.sampled_from(["C", "F"])),
    }


def close(ours: Any, naive: Any, dtype: type) -> None:
    assert ours.shape == naive.shape
    assert ours.dtype == dtype
    scale = max(1.0, float(np.abs(naive).max(initial=0.0)))
    np.testing.assert_allclose(ours, naive, rtol=0, atol=TOLERANCE[dtype] * scale)


RELAXED = settings(max_examples=examples(80), suppress_health_check=[HealthCheck.function_scoped_fixture])


@RELAXED
@given(case=shapes(pad=True))
def test_does_convolution_agree_with_the_naive_layer(path: str, case: dict[str, Any]) -> None:
    """Are the output and the gradients the same for every stride, padding and filter shape, in both precisions?"""
    rng, dtype = np.random.default_rng(case["seed"]), case["dtype"]
    x = np.asarray(rng.standard_normal(case["x"]), dtype=dtype, order=case["order"])
    w = rng.standard_normal((case["filters"], case["x"][1], *case["window"])).astype(dtype)
    b = rng.standard_normal(case["filters"]).astype(dtype)
    param = {"stride": case["stride"], "pad": case["pad"]}
    before = x.copy(), w.copy(), b.copy()
    out, cache = fast_layers.conv_forward_fast(x, w, b, param)
    expected, naive_cache = layers.conv_forward_naive(x, w, b, param)
    close(out, expected, dtype)
    dout = np.asarray(rng.standard_normal(out.shape), dtype=dtype, order=case["order"])
    kept = dout.copy()
    for ours, naive in zip(fast_layers.conv_backward_fast(dout, cache), layers.conv_backward_naive(dout, naive_cache), strict=True):
        close(ours, naive, dtype)
    for now, then in zip((x, w, b, dout), (*before, kept), strict=True):
        np.testing.assert_array_equal(now, then)


@RELAXED
@given(case=shapes(pad=False), ties=st.booleans())
def test_does_pooling_agree_with_the_naive_layer(path: str, case: dict[str, Any], ties: bool) -> None:
    """Are windows right that overlap, leave gaps or are not square, and does the first of equal maxima get the gradient?"""
    rng, dtype = np.random.default_rng(case["seed"]), case["dtype"]
    values = rng.integers(-2, 1, case["x"]) if ties else rng.standard_normal(case["x"])
    x = np.asarray(values, dtype=dtype, order=case["order"])
    param = {"pool_height": case["window"][0], "pool_width": case["window"][1], "stride": case["stride"]}
    before = x.copy()
    out, cache = fast_layers.max_pool_forward_fast(x, param)
    expected, naive_cache = layers.max_pool_forward_naive(x, param)
    np.testing.assert_array_equal(out, expected)
    assert out.dtype == dtype
    dout = np.asarray(rng.standard_normal(out.shape), dtype=dtype, order=case["order"])
    kept = dout.copy()
    close(fast_layers.max_pool_backward_fast(dout, cache), layers.max_pool_backward_naive(dout, naive_cache), dtype)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(dout, kept)


@RELAXED
@given(case=shapes(pad=True))
def test_is_col2im_the_transpose_of_im2col(path: str, case: dict[str, Any]) -> None:
    """Does <im2col(x), c> equal <x, col2im(c)> for random x and c?"""
    rng = np.random.default_rng(case["seed"])
    x = rng.standard_normal(case["x"])
    options = (*case["window"], case["stride"], case["pad"])
    cols = im2col.im2col(x, *options)
    c = rng.standard_normal(cols.shape)
    assert np.isclose(np.vdot(cols, c), np.vdot(x, im2col.col2im(c, x.shape, *options)), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_does_nan_reach_the_output(path: str, dtype: type) -> None:
    """Is NaN the maximum of its windows, as in np.max, so that a diverged network can be seen?"""
    x = np.zeros((1, 1, 4, 4), dtype=dtype)
    x[0, 0, 0, 1] = np.nan
    out, cache = fast_layers.max_pool_forward_fast(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    assert np.isnan(out[0, 0, 0, 0])
    assert not np.isnan(out[0, 0, 1:]).any()
    assert fast_layers.max_pool_backward_fast(np.ones_like(out), cache)[0, 0, 0, 1] == 1


def test_do_other_dtypes_work(path: str) -> None:
    """Do integers and float16 work, which the extension does not handle?"""
    x = np.arange(16).reshape(1, 1, 4, 4)
    out, _ = fast_layers.max_pool_forward_fast(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    np.testing.assert_array_equal(out[0, 0], [[5, 7], [13, 15]])
    w = np.ones((1, 1, 2, 2), dtype=np.float16)
    conv, _ = fast_layers.conv_forward_fast(x.astype(np.float16), w, np.zeros(1, np.float16), {"stride": 2, "pad": 0})
    np.testing.assert_array_equal(conv[0, 0], [[10, 18], [42, 50]])


def test_may_the_caller_write_into_results_between_the_passes(path: str) -> None:
    """Is the backward pass right if the output of the forward pass has been overwritten?"""
    x = np.random.default_rng(0).standard_normal((2, 2, 4, 4))
    param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    out, cache = fast_layers.max_pool_forward_fast(x, param)
    dout = np.ones_like(out)
    out[...] = 7
    np.testing.assert_array_equal(
        fast_layers.max_pool_backward_fast(dout, cache), layers.max_pool_backward_naive(dout, layers.max_pool_forward_naive(x, param)[1])
    )


def test_do_the_fused_functions_work_on_either_path(path: str) -> None:
    """Are the sandwich and Adam right with the extension and without it?"""
    rng = np.random.default_rng(1)
    x, w, b = rng.standard_normal((2, 3, 6, 7)), rng.standard_normal((4, 3, 3, 3)), rng.standard_normal(4)
    conv, pool = {"stride": 1, "pad": 1}, {"pool_height": 2, "pool_width": 3, "stride": 2}
    out, cache = fused.conv_relu_pool_forward(x, w, b, conv, pool)
    features, conv_cache = layers.conv_forward_naive(x, w, b, conv)
    active, relu_cache = layers.relu_forward(features)
    wanted, pool_cache = layers.max_pool_forward_naive(active, pool)
    close(out, wanted, np.float64)
    dout = rng.standard_normal(out.shape)
    upstream = layers.relu_backward(layers.max_pool_backward_naive(dout, pool_cache), relu_cache)
    naive = layers.conv_backward_naive(upstream, conv_cache)
    for ours, right in zip(fused.conv_relu_pool_backward(dout, cache), naive, strict=True):
        close(ours, right, np.float64)
    assert fused.conv_relu_pool_backward(dout, cache, wanted=("db",))[:2] == (None, None)
    moved, config = fused.adam_fused(w.copy(), w, {})
    close(moved, optim.adam(w, w, {})[0], np.float64)
    assert config["t"] == 1


FILTERS = np.zeros((1, 3, 2, 2))
TALL = {"pool_height": 3, "pool_width": 1, "stride": 1}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: im2col.output_size(3, 5, 1), "does not fit"),
        (lambda: im2col.output_size(3, 2, 0), "at least 1"),
        (lambda: im2col.output_size(3, 2, 1, -1), "at least 0"),
        (lambda: im2col.col2im(np.zeros((4, 5)), (1, 1, 3, 3), 2, 2, 1, 0), r"\(4, 4\)"),
        (lambda: fast_layers.conv_forward_fast(np.zeros((1, 2, 4, 4)), FILTERS, np.zeros(1), {"stride": 1, "pad": 0}), "2 channels"),
        (lambda: fast_layers.max_pool_forward_fast(np.zeros((1, 1, 2, 2)), TALL), "does not fit"),
    ],
)
def test_are_impossible_sizes_refused(path: str, call: Any, words: str) -> None:
    """Does an impossible size give a ValueError that says why?"""
    with pytest.raises(ValueError, match=words):
        call()


def test_does_the_extension_refuse_arrays_that_do_not_fit() -> None:
    """Is every mismatch found before a loop starts, since the loops do not check bounds?"""
    module = built_extension()
    x, w, b, out = np.zeros((2, 1, 4, 4)), np.zeros((3, 1, 2, 2)), np.zeros(3), np.zeros((2, 3, 3, 3))
    dw, pooled, small = np.zeros_like(w), np.zeros((2, 1, 2, 2)), np.zeros((2, 1, 1, 1))
    winner, wrong = np.zeros((2, 1, 2, 2), dtype=np.uint16), np.zeros((2, 1, 1, 2), dtype=np.uint16)
    fused = np.zeros((2, 3, 1, 1)), np.zeros((2, 3, 1, 1), dtype=np.uint16)
    for call in (
        lambda: module.conv_forward(x, w, b, out, 2, 0),
        lambda: module.conv_forward(x, w, b, out, 0, 0),
        lambda: module.conv_forward(x, w, b, out, 1, -1),
        lambda: module.conv_forward(x, w, b[:2], out, 1, 0),
        lambda: module.conv_forward(x, w[:2], b[:2], out, 1, 0),
        lambda: module.conv_forward(x, np.zeros((3, 2, 2, 2)), b, out, 1, 0),
        lambda: module.conv_forward(x[:1], w, b, out, 1, 0),
        lambda: module.conv_backward_x(out, w, x, 2, 0),
        lambda: module.conv_backward_w(x, out, dw, b[:1], 1, 0),
        lambda: module.conv_backward_w(x, out, dw[:1], b[:1], 1, 0),
        lambda: module.conv_forward(x, w, b, fused[0], 1, 0, fused[1], (4, 4), (2, 2, 2)),
        lambda: module.conv_forward(x, w, b, fused[0], 1, 0, fused[1], (3, 3), (4, 4, 1)),
        lambda: module.conv_forward(x, w, b, fused[0], 1, 0, winner, (3, 3), (2, 2, 2)),
        lambda: module.conv_backward_w(x, fused[0], dw, b, 1, 0, winner, (3, 3), (2, 2, 2)),
        lambda: module.conv_forward(x, w, b, fused[0], 1, 0, None, (3, 3), (2, 2, 2)),
        lambda: module.max_pool(x, pooled, winner, (4, 4, 2)),
        lambda: module.max_pool(x, np.zeros((2, 2, 2, 2)), winner, (2, 2, 2)),
        lambda: module.max_pool(x, small, winner, (2, 2, 2)),
        lambda: module.max_pool(x, pooled, wrong, (2, 2, 2)),
        lambda: module.max_pool_backward(pooled, winner, small, (2, 2, 2)),
        lambda: module.adam(np.zeros(3), np.zeros(3), np.zeros(2), np.zeros(3), 1e-3, 0.9, 0.999, 1e-8, 1),
    ):
        with pytest.raises(ValueError, match=r"fit|shape|windows"):
            call()
    # A damaged cache must not write outside the image or read outside the windows either.
    dx = np.ones((2, 1, 4, 4))
    module.max_pool_backward(np.ones((2, 1, 2, 2)), np.full((2, 1, 2, 2), 99, dtype=np.uint16), dx, (2, 2, 2))
    assert not dx.any()
    module.conv_backward_w(x + 1, fused[0] + 1, dw, b, 1, 0, fused[1] + 4, (3, 3), (2, 2, 2))
    assert not dw.any()


USE = "import numpy as np; from coursenn import fast_layers as f; p = dict(pool_height=2, pool_width=2, stride=2); "


def run(folder: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", script]
    environment["PYTHONPATH"] = str(folder)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)


def test_is_the_missing_extension_reported_once(reference: Path) -> None:
    """Does a process without the extension say so once, at the first use, on stdout?"""
    calls = "[f.max_pool_forward_fast(np.zeros((1, 1, 4, 4), t), p) for t in (np.float32, np.float64) for _ in range(3)]"
    result = run(reference, USE + calls, COURSENN_NO_EXTENSION="1")
    assert result.stdout.count("only numpy") == 1
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr == ""
    assert run(reference, USE, COURSENN_NO_EXTENSION="1").stdout == ""


def test_is_a_broken_extension_ignored(reference: Path, tmp_path: Path) -> None:
    """Is numpy used if there is a broken extension, instead of a crash?"""
    package = tmp_path / "coursenn"
    package.mkdir()
    for name in ("__init__.py", "_extension.py", "im2col.py", "fast_layers.py"):
        (package / name).write_bytes((reference / "coursenn" / name).read_bytes())
    (package / f"fast_cython{EXTENSION_SUFFIXES[0]}").write_bytes(b"this is not a shared library")
    result = run(tmp_path, USE + "print(f.max_pool_forward_fast(np.ones((1, 1, 2, 2)), p)[0].sum())")
    assert result.stdout.splitlines()[-1] == "1.0"
    assert "only numpy" in result.stdout
