"""Collects and grades hand-ins as they arrive, and tells their authors as much as may be said before the deadline."""
