"""Pairs of hand-ins that are more alike than the assignment explains, for people to read. No mark depends on anything here."""
