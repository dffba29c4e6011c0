"""Proves the hidden checks: every catalogued mistake loses marks, far above the tolerance, and nothing right does.

`audit` runs the catalogue and the canaries (untouched stubs, the reference) through the same worker and checks as students'
work. It returns a list of sentences about what is wrong; an empty list is the proof.
"""

from __future__ import annotations

from autograder.audit.measure import Measured, margin, measure, ratio
from autograder.audit.report import MARGIN, Audit, Trial
from autograder.audit.run import audit

__all__ = ["MARGIN", "Audit", "Measured", "Trial", "audit", "margin", "measure", "ratio"]
