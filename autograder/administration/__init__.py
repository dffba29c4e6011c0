"""Show and change the state of a term: what is waiting, deadlines, students, the version that grades."""
