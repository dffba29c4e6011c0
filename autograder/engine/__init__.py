"""Grades one submission: asks the sandbox, compares with the reference outside of it, and writes the result."""
