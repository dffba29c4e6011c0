"""Grades a class: canaries first, then everybody, in processes here or on a cluster."""
