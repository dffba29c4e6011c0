"""The sandbox for student code, the processes inside it, and the wire between them and the grader."""
