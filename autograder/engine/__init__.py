"""Grades one submission: sends calls to the sandbox, compares the answers with the reference's outside it, and writes the result."""
