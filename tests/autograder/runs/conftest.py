"""A cluster for the tests that need one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.autograder.runs.dask_processes import Certificates, Dask


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """Certificates made for the test."""
    return Certificates(tmp_path / "certificates")


@pytest.fixture
def dask_with(tmp_path: Path, certificates: Certificates) -> Callable[..., Dask]:
    """Return a function that starts a scheduler over TLS with further options, without workers yet."""
    return lambda *options, **environment: Dask(tmp_path, certificates, *options, **environment)


@pytest.fixture
def dask(dask_with: Callable[..., Dask]) -> Iterator[Dask]:
    """A scheduler over TLS, without workers yet."""
    cluster = dask_with()
    yield cluster
    cluster.end()
