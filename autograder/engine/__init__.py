"""Grades one submission: a sandboxed worker runs student code, everything that decides runs outside it."""

from autograder.engine.grade import grade_submission
from autograder.engine.result import Result
from autograder.engine.sandbox import SandboxUnavailable

__all__ = ["Result", "SandboxUnavailable", "grade_submission"]
