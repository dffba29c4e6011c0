"""Imported for what it does: what follows in this process starts without grammars that nobody needs."""

from __future__ import annotations

from autograder.startup import skip_unused_grammars

skip_unused_grammars()
