"""Instructor side of coursenn: generators, hidden checks, grading and the class cycle."""
