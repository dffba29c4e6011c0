"""The folder of a class: its files, its lock and backups, and nbgrader's configuration in it."""
