"""Executes notebooks for the eyes of graders and students, in a sandbox of their own; it changes no mark."""
