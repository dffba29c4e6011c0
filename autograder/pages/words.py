"""The words that students and instructors read for the verdicts of the result document."""

VERDICTS = {
    "passed": "passed",
    "partial": "some checks passed",
    "failed": "not yet right",
    "error": "stopped with an error",
    "not_attempted": "not attempted",
    "missing": "not found in what was handed in",
    "time_limit": "took too long and was stopped",
    "memory_limit": "needed too much memory and was stopped",
    "output_limit": "printed too much and was stopped",
    "process_limit": "started too many processes and was stopped",
    "killed": "ended unexpectedly",
}
