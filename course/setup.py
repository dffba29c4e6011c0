"""Build of the optional extension; everything else stands in pyproject.toml.

A missing Cython, a source that it cannot translate, and a compiler that is missing or fails all leave a package that
works on numpy alone.
"""

from __future__ import annotations

from setuptools import Extension, setup

SOURCE = "src/coursenn/im2col_cython.pyx"


def extensions() -> list[Extension]:
    """Give the extension to build, or nothing where it cannot be translated to C."""
    try:
        from Cython.Build import cythonize
        from Cython.Compiler.Errors import CompileError
    except ImportError:
        print("Cython is missing: coursenn is built without its extension and will use numpy alone.")
        return []
    try:
        modules: list[Extension] = cythonize([Extension("coursenn.im2col_cython", [SOURCE])], build_dir="build", quiet=True)
    except CompileError as error:
        print(f"Cython cannot translate {SOURCE}: coursenn is built without its extension and will use numpy alone.\n{error}")
        return []
    for module in modules:
        module.optional = True  # cythonize drops it when given; with it a compiler's failure is a warning
    return modules


setup(ext_modules=extensions())
