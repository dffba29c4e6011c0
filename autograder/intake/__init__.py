"""Reads what a stranger has made, believes nothing of it, and completes it with the course's own modules."""
