"""Generators: stubs, notebooks, tasks.json, nbgrader configuration and the public tree.

Each fact has one home, and generation runs one way: ``course/solutions`` and ``course/course.toml``
to everything else. A generator refuses what it does not understand and is byte-deterministic.
"""

from autograder.generate.errors import GeneratorError

__all__ = ["GeneratorError"]
