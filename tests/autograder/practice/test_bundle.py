"""Is the committed bundle of the editor built from its pinned packages?"""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from autograder.practice.bundle import BUNDLE, EDITOR, LICENCES, bundle

MOST_BYTES = 1_000_000


def test_the_lock_pins_every_package_and_names_no_registry() -> None:
    """Does each package have a version, a hash and a licence, and no download address?"""
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
def test_the_bundle_is_up_to_date() -> None:
    """Does bundling again give the committed bytes? This downloads packages with npm."""
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
