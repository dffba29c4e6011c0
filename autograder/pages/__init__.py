"""Pages for people: feedback for one student, a report on a class. Static HTML without any script."""
