"""Labelled equations of the book whose two sides are not computed, each with the reason."""

NOT_COMPUTED: dict[str, str] = {
    "tolerance": "a rule, not an equation; tests/autograder/checks test that the checker follows it",
    "fast-roofline": "a bound on the speed of a machine; benchmarks/tricks.py measures both sides for the figure below it",
}
