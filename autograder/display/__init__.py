"""Executes notebooks for graders and students to look at, in a separate sandbox; it changes no mark."""
