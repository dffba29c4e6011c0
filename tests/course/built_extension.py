"""The compiled extension, for tests that need it."""

from __future__ import annotations

import os
from typing import Any

import pytest

from coursenn import _extension


def built_extension() -> Any:
    """Load the extension, or skip the test without it; fail instead if the environment requires everything."""
    module = _extension._load()
    if module is None:
        message = "the extension is not built: run `make setup`"
        if os.environ.get("COURSENN_REQUIRE_ALL") and not os.environ.get("COURSENN_NO_EXTENSION"):
            pytest.fail(message)
        pytest.skip(message)
    return module
