"""Answers in a minute: what arrives is collected and graded at once, and its author is told as much as may be said before the deadline."""
