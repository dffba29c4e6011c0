"""The only code that enters marks into nbgrader's gradebook."""
