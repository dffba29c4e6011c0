"""One module for each command: its options, and what it prints. `autograder.cli` lists them and imports the one that is called.

A command imports what takes long (nbgrader above all, which needs seconds) inside of its function: so its ``--help``, and the answer to
a misspelt option, do not wait for that.
"""
