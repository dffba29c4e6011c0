"""Neural-network layers in numpy: the package that students of the course complete."""

__version__ = "2026.1"
