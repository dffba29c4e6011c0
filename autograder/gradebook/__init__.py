"""The only way of marks into nbgrader's gradebook."""
