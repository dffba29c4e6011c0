"""One module for each command: its options, and what it prints. `autograder.cli` lists them and imports the one that is called.

A command imports slow modules (above all nbgrader, which needs seconds) inside its function, so that ``--help`` and the message about
a misspelt option come at once.
"""
