"""The class cycle on nbgrader: release, collect, grade, feedback, export, in a workspace."""

import sys

# jsonschema, which nbformat and nbgrader import, uses rfc3987_syntax where it is installed, and that compiles 38 grammars: half of the
# time that a command needs to start. They judge a format ("iri") that no schema of a notebook has; jsonschema goes on without them.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
