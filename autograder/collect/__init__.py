"""What students hand in becomes ``submitted/``: from nbgrader's exchange, or from what an LMS lets an instructor download."""
