"""Do the names in the generated nbgrader configuration exist, and does one of another version say what to do?"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from traitlets.utils.importstring import import_item

from autograder.manifest import Course
from autograder.workspace import nbgrader_api, nbgrader_config
from autograder.workspace.nbgrader_config import CONFIG_FILE, require_format
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace
from tests.autograder.small_course import RIGHT_LAYERS, hand_in

OLD = """
import sys

try:
    import autograder.bridge  # noqa: F401
except ImportError:
    sys.exit("The autograder is not installed in this environment: activate the one that `make setup` made, then run this again.")

c = get_config()
c.CourseDirectory.course_id = "small"
c.Autograde.exporter_class = "autograder.bridge.notebooks.RepairingExporter"
c.Autograde.pre_convert_hook = "autograder.bridge.stage.before_autograde"
"""


def autograde(workspace: Workspace) -> subprocess.CompletedProcess[str]:
    """Run `nbgrader autograde` in the workspace."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "nbgrader", "autograde", "first"]
    return subprocess.run(command, cwd=workspace.root, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("name", ["EXPORTER", "PAGES", "SANITIZE", "AUTOGRADE"])
def test_what_is_named_exists(name: str) -> None:
    """Can every dotted name of the configuration be imported?"""
    names = getattr(nbgrader_config, name)
    for dotted in [names] if isinstance(names, str) else names:
        assert import_item(dotted).__name__ == dotted.rpartition(".")[2]


def test_configuration_of_an_old_version(workspace: Workspace, small: Course) -> None:
    """In a workspace of the first version, does nbgrader's command stop and say what to do, and does any of our commands do it?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    (workspace.root / CONFIG_FILE).write_text(OLD)
    done = autograde(workspace)
    assert done.returncode == 1
    assert done.stderr.startswith(nbgrader_config.OTHER_VERSION)
    assert "nbgrader_local.py" in done.stderr
    assert not workspace.autograded("ada", "first").exists()
    open_workspace(workspace.root, small)
    assert nbgrader_api.config(workspace).Autograde.exporter_class == nbgrader_config.EXPORTER


def test_configuration_of_another_format(workspace: Workspace) -> None:
    """Is a configuration whose names may belong to other packages refused before anything is imported?"""
    require_format(nbgrader_config.FORMAT)
    with pytest.raises(SystemExit, match="written by another version"):
        require_format(nbgrader_config.FORMAT - 1)
    path = workspace.root / CONFIG_FILE
    text = path.read_text()
    assert f"require_format({nbgrader_config.FORMAT})" in text
    path.write_text(text.replace(f"require_format({nbgrader_config.FORMAT})", "require_format(99)"))
    done = autograde(workspace)
    assert (done.returncode, done.stderr.strip()) == (1, nbgrader_config.OTHER_VERSION)
