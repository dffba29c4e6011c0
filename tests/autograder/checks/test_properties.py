"""Do the checks accept right code for any shape, stride, padding and type, not only for those they were written with?

The bodies of the hidden checks run here on sizes that Hypothesis draws, over the reference and over right code in other
styles. A check whose inputs made right code look wrong would show.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.audit import margin
from autograder.checking import Array, Draw, Observation, Requirement, Session
from autograder.checks import (
    _convolutions,
    _poolings,
    affine,
    batchnorm,
    batchnorm_backward,
    convolution,
    layernorm,
    pooling,
    relu,
    spatial_batchnorm,
    spatial_groupnorm,
)
from autograder.checks._norms import gamma_beta
from autograder.sandbox.local import LocalBackend
from tests.autograder.checks._variants import STYLES, style_source, write_variant

LAYERS = sorted(p.stem for p in STYLES.glob("layers_*.py"))
EXACT, SINGLE = 1 / 100, 3e3
"""Largest error in units of the tolerance: in double precision, and in single precision, whose rounding is 1e9 times larger."""

sides = st.integers(1, 4)
styles = st.sampled_from(LAYERS)
seeds = st.integers(0, 2**32 - 1)
singles = st.booleans()


class SinglePrecision(Draw):
    """A draw that returns the same numbers as float32."""

    def normal(self, shape: tuple[int, ...], scale: float = 1.0, shift: float = 0.0) -> Array:
        return super().normal(shape, scale, shift).astype(np.float32)

    def away_from_zero(self, shape: tuple[int, ...], gap: float = 0.1, scale: float = 1.0) -> Array:
        return super().away_from_zero(shape, gap, scale).astype(np.float32)

    def distinct(self, shape: tuple[int, ...], gap: float = 0.05) -> Array:
        return super().distinct(shape, gap).astype(np.float32)


@pytest.fixture(scope="module")
def packages(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every style as a package."""
    found = {}
    for style in LAYERS:
        found[style] = write_variant(reference, tmp_path_factory.mktemp(style), {"layers.py": style_source(reference, "layers.py", style)})
    return found


def _seen(body: Callable[[Session], None], package: Path, seed: int, single: bool) -> list[Observation | Requirement]:
    backend = LocalBackend(package)
    backend.seed(seed)
    draw = SinglePrecision if single else Draw
    session = Session(backend, draw(np.random.default_rng(seed)))
    with np.errstate(all="ignore"):
        body(session)
        return session.finish()


def _agree(body: Callable[[Session], None], reference: Path, package: Path, seed: int, single: bool = False) -> None:
    """Assert that a check gives the same results for both packages."""
    expected = _seen(body, reference, seed, single)
    assert expected
    assert all(item.holds for item in expected if isinstance(item, Requirement))
    far = margin(expected, _seen(body, package, seed, single))
    assert far <= (SINGLE if single else EXACT), far


quick = settings(max_examples=25, suppress_health_check=list(HealthCheck), derandomize=True)


@quick
@given(shape=st.lists(sides, min_size=1, max_size=3), count=sides, outputs=sides, style=styles, seed=seeds, single=singles)
def test_affine(
    shape: list[int], count: int, outputs: int, style: str, seed: int, single: bool, packages: dict[str, Path], reference: Path
) -> None:
    """Do the checks of the affine layer accept right code for inputs with any number of dimensions?"""

    def body(s: Session) -> None:
        s.compare("out", s.call(affine.FORWARD, *affine._arguments(s, (count, *shape), outputs).values())[0])
        for name, gradient in zip(("dx", "dw", "db"), affine._gradients(s, (count, *shape), outputs), strict=True):
            s.compare(name, gradient)

    _agree(body, reference, packages[style], seed, single)


@quick
@given(shape=st.lists(sides, min_size=1, max_size=5), style=styles, seed=seeds, single=singles)
def test_relu(shape: list[int], style: str, seed: int, single: bool, packages: dict[str, Path], reference: Path) -> None:
    """Do the checks of the ReLU accept right code for inputs of any shape?"""

    def body(s: Session) -> None:
        x = s.draw.away_from_zero(tuple(shape))
        s.compare("dx", relu._gradient(s, x, s.draw.normal(x.shape)))

    _agree(body, reference, packages[style], seed, single)


@st.composite
def convolutions(draw: st.DrawFn) -> _convolutions.Sizes:
    """Draw a convolution of which at least one window fits."""
    pad, stride = draw(st.integers(0, 2)), draw(st.integers(1, 3))
    window = draw(sides), draw(sides)
    image = tuple(draw(st.integers(max(1, w - 2 * pad), w + 4)) for w in window)
    return _convolutions.Sizes((draw(st.integers(1, 3)), draw(st.integers(1, 3)), *image), window, draw(sides), stride, pad)


@quick
@given(sizes=convolutions(), style=styles, seed=seeds, single=singles)
def test_convolution(sizes: _convolutions.Sizes, style: str, seed: int, single: bool, packages: dict[str, Path], reference: Path) -> None:
    """Do the checks of convolution accept right code for any stride, padding, image and filter?"""

    def body(s: Session) -> None:
        convolution._compare_out(s, [sizes])
        convolution._compare_gradients(s, [sizes], "dx", "dw", "db")

    _agree(body, reference, packages[style], seed, single)


@st.composite
def poolings(draw: st.DrawFn) -> _poolings.Sizes:
    """Draw a pooling of which at least one window fits."""
    window = draw(sides), draw(sides)
    image = tuple(draw(st.integers(w, w + 5)) for w in window)
    return _poolings.Sizes((draw(st.integers(1, 3)), draw(st.integers(1, 3)), *image), window, draw(st.integers(1, 3)))


@quick
@given(sizes=poolings(), style=styles, seed=seeds, single=singles)
def test_pooling(sizes: _poolings.Sizes, style: str, seed: int, single: bool, packages: dict[str, Path], reference: Path) -> None:
    """Do the checks of pooling accept right code for windows that overlap, leave gaps, are not square or do not fit?"""

    def body(s: Session) -> None:
        pooling._compare_out(s, [sizes])
        pooling._compare_dx(s, [sizes])

    _agree(body, reference, packages[style], seed, single)


@quick
@given(n=st.integers(3, 8), d=st.integers(2, 7), style=styles, seed=seeds, single=singles)
def test_batch_normalization(n: int, d: int, style: str, seed: int, single: bool, packages: dict[str, Path], reference: Path) -> None:
    """Any number of examples and features."""

    def body(s: Session) -> None:
        gamma_and_beta = gamma_beta(s.draw, (d,))
        s.compare("out", batchnorm._out(s, s.draw.normal((n, d), 2.0, 1.0), gamma_and_beta))
        for backward in ("layers.batchnorm_backward", "layers.batchnorm_backward_alt"):
            for gradient in batchnorm_backward._gradients(s, backward, s.draw.normal((n, d), 2.0, 1.0), gamma_and_beta=gamma_and_beta):
                s.compare("gradient", gradient)

    _agree(body, reference, packages[style], seed, single)


@quick
@given(n=st.integers(1, 8), d=st.integers(3, 7), style=styles, seed=seeds, single=singles)
def test_layer_normalization(n: int, d: int, style: str, seed: int, single: bool, packages: dict[str, Path], reference: Path) -> None:
    """Any number of examples and features."""

    def body(s: Session) -> None:
        x, gamma_and_beta = s.draw.normal((n, d), 2.0, 1.0), gamma_beta(s.draw, (d,))
        s.compare("out", layernorm._out(s, x, gamma_and_beta))
        for gradient in layernorm._gradients(s, x, gamma_and_beta):
            s.compare("gradient", gradient)

    _agree(body, reference, packages[style], seed, single)


@quick
@given(n=sides, groups=sides, members=sides, height=st.integers(2, 4), width=st.integers(2, 4), style=styles, seed=seeds, single=singles)
def test_normalization_of_images(
    n: int,
    groups: int,
    members: int,
    height: int,
    width: int,
    style: str,
    seed: int,
    single: bool,
    packages: dict[str, Path],
    reference: Path,
) -> None:
    """Do the checks accept right code for images of any size and any number of groups?"""

    def body(s: Session) -> None:
        x, channels = s.draw.normal((n, groups * members, height, width), 2.0, 1.0), gamma_beta(s.draw, (groups * members,))
        s.compare("out", spatial_batchnorm._out(s, x, channels))
        for gradient in spatial_batchnorm._gradients(s, x, channels):
            s.compare("gradient", gradient)
        broadcast = gamma_beta(s.draw, (1, groups * members, 1, 1))
        s.compare("out", spatial_groupnorm._out(s, x, broadcast, groups))
        for gradient in spatial_groupnorm._gradients(s, x, broadcast, groups):
            s.compare("gradient", gradient)

    _agree(body, reference, packages[style], seed, single)
