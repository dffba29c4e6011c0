"""Is the committed editor what its pinned packages give?"""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from autograder.practice.bundle import BUNDLE, EDITOR, LICENCES, bundle

MOST_BYTES = 1_000_000


def test_the_lock_pins_every_package_and_names_no_registry() -> None:
    """Does each package of the bundle have a version and a hash, its licence, and no address of the machine that locked it?"""
    lock = json.loads((EDITOR / "package-lock.json").read_text(encoding="utf-8"))
    licences = (EDITOR / LICENCES).read_text(encoding="utf-8")
    for place, entry in lock["packages"].items():
        if not place:
            continue
        assert entry["integrity"].startswith("sha512-"), place
        assert "resolved" not in entry, place
        if "esbuild" not in place:
            assert f"{place.rpartition('node_modules/')[2]} {entry['version']} (MIT)" in licences
    assert (EDITOR / BUNDLE).stat().st_size < MOST_BYTES


@pytest.mark.slow
def test_the_bundle_is_made_of_these_sources() -> None:
    """Does bundling again give the committed bytes? This asks the npm registry."""
    if not all(map(shutil.which, ("node", "npm"))):
        pytest.skip("Node and npm are not installed")
    try:
        found = bundle()
    except subprocess.CalledProcessError as error:
        if error.cmd[0] != "npm":
            raise
        pytest.skip(f"npm could not get the packages: {error}")
    for name, content in found.items():
        assert content == (EDITOR / name).read_bytes(), f"{name}: run `python -m autograder.practice.bundle`"
