"""What every test may rely on: the reference package first on the path, and skips that say why."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from autograder.intake.reference import reference_path  # noqa: E402
from autograder.manifest import Course, load_course  # noqa: E402
from autograder.publish.browser import CHROMIUM_FLAGS, browser_path  # noqa: E402
from autograder.startup import skip_unused_grammars  # noqa: E402
from tests.tabs import Visit  # noqa: E402

skip_unused_grammars()
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("COURSENN_DATA", "embedded")
# Graders of one user take turns, machine-wide: those of two test processes would wait for each other. The name is short for sockets.
LOCKS = tempfile.TemporaryDirectory(prefix="coursenn-")
os.environ["XDG_RUNTIME_DIR"] = LOCKS.name
REFERENCE = reference_path(load_course())
sys.path.insert(0, str(REFERENCE))

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

NEEDS = {"sandbox": "bwrap", "browser": "chromium"}


WHOLE = {"demo", "after_deadline"}
"""Fixtures that take half a minute to make: what uses one is marked ``whole``, and so is what needs a browser."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if WHOLE.intersection(getattr(item, "fixturenames", ())) or item.get_closest_marker("browser"):
            item.add_marker("whole")


def pytest_configure(config: pytest.Config) -> None:
    for name, program in NEEDS.items():
        config.addinivalue_line("markers", f"{name}: needs {program}; skipped without it, a failure under COURSENN_REQUIRE_ALL")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name, program in NEEDS.items():
        found = browser_path() if name == "browser" else shutil.which(program)
        if item.get_closest_marker(name) and not found:
            message = f"{program} is not installed: run `make setup SYSTEM=1`"
            if os.environ.get("COURSENN_REQUIRE_ALL"):
                pytest.fail(message)
            pytest.skip(message)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how often right code was graded, and how often it lost a mark."""
    counts: Counter[str] = Counter()
    for report in (r for reports in terminalreporter.stats.values() for r in reports):
        for name, value in getattr(report, "user_properties", []):
            if name in ("right_runs", "false_alarms") and getattr(report, "when", "") == "call":
                counts[name] += value
    if counts["right_runs"]:
        terminalreporter.write_line(f"right code: {counts['right_runs']} runs of a task, {counts['false_alarms']} false alarms")

    if os.environ.get("COURSENN_PROVE") and not os.environ.get("COURSENN_PYODIDE"):
        terminalreporter.write_line("not run: the practice page with Python in the browser; COURSENN_PYODIDE names no folder with Pyodide")


@pytest.fixture(scope="session")
def course() -> Course:
    """The course of this repository."""
    return load_course()


@pytest.fixture(scope="session")
def reference() -> Path:
    """A folder with the complete reference package, which ``import coursenn`` finds."""
    return REFERENCE


@pytest.fixture(scope="session")
def prove() -> bool:
    """Whether this run is `make prove`: everything at full size."""
    return bool(os.environ.get("COURSENN_PROVE"))


@pytest.fixture(scope="session")
def real_images() -> Path:
    """A file of real CIFAR-10 images; tests that want it skip without it."""
    path = Path(os.environ.get("COURSENN_TEST_IMAGES", REPOSITORY.parent / "shared" / "data" / "cifar10-subset.npz"))
    if not path.is_file():
        pytest.skip("no real images here: name an .npz file with COURSENN_TEST_IMAGES")
    return path


# For one module only: Playwright keeps a running event loop and Chromium its helper processes, which other tests would find.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path(), args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any, address: str) -> Iterator[Visit]:
    """A tab on a desk, for the site that a folder of tests serves under ``address``."""
    tab = Visit(chromium, address, viewport={"width": 1280, "height": 900})
    yield tab
    tab.close()


@pytest.fixture
def phone(chromium: Any, address: str) -> Iterator[Visit]:
    """A tab as wide as a phone."""
    tab = Visit(chromium, address, viewport={"width": 375, "height": 700}, has_touch=True, is_mobile=True)
    yield tab
    tab.close()
