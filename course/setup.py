"""Build of the optional extension; everything else stands in pyproject.toml.

A missing Cython, a source that it cannot translate, and a compiler that is missing, fails or is neither gcc nor clang all leave a
package that works on numpy alone. A compiler without OpenMP gives an extension of one thread.

COURSENN_SANITIZE=1 builds with the address and undefined-behaviour sanitizers of gcc or clang: see `make sanitize`.
"""

from __future__ import annotations

import os

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError, LinkError

SOURCE = "src/coursenn/fast_cython.pyx"
HEADER = "src/coursenn/fast_kernels.h"
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer", "-O0"]  # -O3 takes very long

# No -march=native: the header compiles its loops for several processors, and one is chosen when the extension is loaded. No
# -ffast-math either: loading such a library switches off the smallest numbers for the whole process.
FLAGS = ["-O3", "-fno-math-errno"]
OPENMP = ["-fopenmp"]


class BuildWithOpenMP(build_ext):
    """Builds with threads where the compiler has them."""

    def build_extension(self, ext: Extension) -> None:
        """Try with OpenMP, then without."""
        plain = FLAGS + (SANITIZE if os.environ.get("COURSENN_SANITIZE") == "1" else [])
        links = [flag for flag in plain if flag in SANITIZE[:1]]
        try:
            ext.extra_compile_args, ext.extra_link_args = plain + OPENMP, links + OPENMP
            super().build_extension(ext)
        except (CompileError, LinkError):
            ext.extra_compile_args, ext.extra_link_args = plain, links
            super().build_extension(ext)


def extensions() -> list[Extension]:
    """Give the extension to build, or nothing where it cannot be translated to C."""
    try:
        from Cython.Build import cythonize
        from Cython.Compiler.Errors import CompileError as TranslationError
    except ImportError:
        print("Cython is missing: coursenn is built without its extension and will use numpy alone.")
        return []
    extension = Extension("coursenn.fast_cython", [SOURCE], depends=[HEADER], include_dirs=["src/coursenn"])
    try:
        modules: list[Extension] = cythonize([extension], build_dir="build", quiet=True)
    except TranslationError as error:
        print(f"Cython cannot translate {SOURCE}: coursenn is built without its extension and will use numpy alone.\n{error}")
        return []
    for module in modules:
        module.optional = True  # cythonize drops it when given; with it a compiler's failure is a warning
    return modules


setup(ext_modules=extensions(), cmdclass={"build_ext": BuildWithOpenMP})
