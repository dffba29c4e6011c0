"""What runs beside student code: the standard library and numpy only, nothing else of the autograder.

The whole folder is made visible inside the sandbox. Nothing in here may be trusted once student code has run.
"""
