"""Answers in words are read by people: one question across the class, with a rubric that one clicks.

What people do is kept in a small database of its own, ``questions/ASSIGNMENT.db`` in the workspace, and entered into nbgrader's gradebook
from there. nbgrader's tables have no place for items, graders, locks and readings that do not count, and a click must be kept also while
another program holds the gradebook. The gradebook stays the record of marks: whatever it holds that did not come from here is somebody's
work in the formgrader, and is left alone.
"""
