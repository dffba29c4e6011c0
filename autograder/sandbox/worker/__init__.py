"""The code that runs alongside student code; it uses only the standard library and numpy, and nothing else of the autograder.

The whole folder is visible inside the sandbox. Nothing in here can be trusted after student code has run.
"""
