"""The wall around student code, the processes behind it, and the wire that leads through it."""
