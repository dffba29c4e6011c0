"""Exit statuses of commands, in addition to 0 for success and click's 2 for misuse."""

from __future__ import annotations

EXIT_FINDINGS = 1
"""Somebody should look at the result."""
EXIT_MISUSE = 2
"""The command was called wrongly, or a file that it reads cannot be used."""
EXIT_STOPPED = 130
"""Stopped by Ctrl-C or SIGTERM, as shells report it."""
