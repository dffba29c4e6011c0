"""What leaves a workspace: the release, feedback, marks, and the report on a class."""
