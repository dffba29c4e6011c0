"""The state of a term is shown and changed: what waits, deadlines, students, the version that grades."""
