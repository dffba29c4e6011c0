"""The autograder as Gradescope runs it: a zip with a set-up script, and a run script that calls the same engine.

Source of the format: gradescope-autograders.readthedocs.io, "Autograder Specifications" and "Submission Metadata".
"""
