"""Put what students handed in into ``submitted/``: from nbgrader's exchange, or from what an LMS lets an instructor download."""
