"""Only a message: configurations that old versions wrote into workspaces import this module before anything else.

They go on when the import fails with another sentence than the one that helps, and they cannot be changed from here.
"""

from __future__ import annotations

import sys

from autograder.workspace.nbgrader_config import LOCAL_FILE, OTHER_VERSION

sys.exit(f"{OTHER_VERSION} If {LOCAL_FILE} beside it names anything in `autograder.bridge`, take that line out first.")
