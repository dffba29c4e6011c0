"""Does the project install on the platforms and with the versions that it promises?"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).resolve().parent.parent
LOCK = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINS = [Requirement(line) for line in LOCK if line and not line.startswith("#")]
MINIMUM = "3.11.0"


def project(folder: str = "") -> dict[str, Any]:
    return dict(tomllib.loads((REPOSITORY / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"])


def pinned(python: str) -> dict[str, Version]:
    """Return the lock's pins for that version of Python on Linux."""
    environment = {
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
        "sys_platform": "linux",
        "os_name": "posix",
        "platform_machine": "x86_64",
    }
    here = [pin for pin in PINS if pin.marker is None or pin.marker.evaluate(environment)]
    found = {canonicalize_name(pin.name): Version(next(iter(pin.specifier)).version) for pin in here}
    assert len(found) == len(here), f"the lock names two versions of one package for Python {python}"
    return found


def installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def too_new(pins: dict[str, Version], metadata: dict[str, tuple[Version, str]], python: str) -> list[str]:
    """Return the pins whose own metadata refuses that Python."""
    return [
        f"{name} {version} wants Python {metadata[name][1]}"
        for name, version in pins.items()
        if name in metadata and metadata[name][0] == version and not SpecifierSet(metadata[name][1]).contains(python)
    ]


def test_the_minimum_is_the_same_everywhere() -> None:
    """Do both projects, the set-up and the recipe of the lock name the same oldest Python?"""
    from autograder.machine import MINIMUM as checked

    assert {project()["requires-python"], project("course")["requires-python"]} == {f">={'.'.join(map(str, checked))}"}
    assert ".".join(map(str, (*checked, 0))) == MINIMUM
    assert f"--python-version {MINIMUM}" in (REPOSITORY / "Makefile").read_text(encoding="utf-8")


def test_the_lock_has_only_exact_versions() -> None:
    """Is no line of the lock an address, a file, a range or something that pip does not understand?"""
    assert len(PINS) > 150
    assert not [str(pin) for pin in PINS if pin.url or not re.fullmatch(r"==[^*,]+", str(pin.specifier))]
    assert not [line for line in LOCK if "://" in line or "@" in line or line.startswith("-")]


@pytest.mark.parametrize("python", [MINIMUM, "3.11.2", "3.12.1", "3.13.0", "3.14.0"])
def test_the_lock_installs_on_the_stated_minimum(python: str) -> None:
    """Can every promised Python install every version in the lock?"""
    metadata = {canonicalize_name(d.name): (Version(d.version), d.metadata.get("Requires-Python") or "") for d in distributions()}
    pins = pinned(python)
    known = [name for name, version in pins.items() if name in metadata and metadata[name][0] == version]
    assert len(known) > 100
    assert not too_new(pins, metadata, python)


def test_a_version_that_is_too_new_is_found() -> None:
    """Does the test above find the pin that once made Debian's Python fail?"""
    old = {"soupsieve": Version("4.1.1")}
    metadata = {"soupsieve": (Version("4.1.1"), ">=3.11.5")}
    assert too_new(old, metadata, "3.11.2") == ["soupsieve 4.1.1 wants Python >=3.11.5"]
    assert not too_new(old, metadata, "3.11.5")


def test_the_lock_covers_every_dependency() -> None:
    """Is each dependency and each extra of both projects pinned to a version within its range?"""
    lost = []
    for folder in ("", "course"):
        told = project(folder)
        for text in [*told["dependencies"], *(text for extra in told["optional-dependencies"].values() for text in extra)]:
            wanted = Requirement(text)
            if (
                canonicalize_name(wanted.name) != "pip"
                and pinned(MINIMUM).get(canonicalize_name(wanted.name), Version("0")) not in wanted.specifier
            ):
                lost.append(text)
    assert not lost, "run `make lock`"


def test_this_environment_has_the_versions_of_the_lock() -> None:
    """Does the environment of the tests have the versions of the lock?"""
    python = ".".join(map(str, sys.version_info[:3]))
    pairs = [(name, version, installed(name)) for name, version in pinned(python).items()]
    other = [f"{name}: {found.version}, not {version}" for name, version, found in pairs if found and Version(found.version) != version]
    assert not other, "run `make setup`"


def test_no_classifier_names_a_licence() -> None:
    """Is the licence stated in a way that gives no warning from setuptools?"""
    for folder in ("", "course"):
        assert project(folder)["license"] == "BSD-3-Clause"
        assert not [text for text in project(folder).get("classifiers", []) if text.startswith("License")]


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("COURSENN_PROVE"), reason="only `make prove` installs these")
def test_prove_has_its_tools() -> None:
    """Are all packages of the extras `prove` and `lite` installed, so that no test is skipped without them?"""
    extras = project()["optional-dependencies"]
    wanted = [Requirement(text) for text in (*extras["prove"], *extras["lite"])]
    assert not [w.name for w in wanted if (w.marker is None or w.marker.evaluate()) and installed(w.name) is None]
