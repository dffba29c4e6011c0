"""Reads what a stranger has made without trusting it, and completes it with the course's own modules."""
