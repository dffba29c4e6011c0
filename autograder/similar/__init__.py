"""Pairs of hand-ins that are more alike than the assignment makes them, for people to read. No mark depends on anything here."""
