"""Labelled equations of the book that no program computes on two sides, each with the reason."""

NOT_COMPUTED: dict[str, str] = {
    "tolerance": "a rule, not an equation; tests/autograder/checks hold the checker to it",
    "fast-roofline": "a bound on what a machine does; benchmarks/tricks.py measures both sides of it for the figure below it",
}
