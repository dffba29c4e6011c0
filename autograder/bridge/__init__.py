"""The class cycle on nbgrader: release, collect, grade, feedback, export, in a workspace."""
