"""Grades one submission: sends calls to the sandbox, compares with the reference outside of it, and writes the result."""
