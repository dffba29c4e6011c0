"""How the optional extension is built: by ``setup.py`` when the package is installed, and by ``python -m coursenn build`` in any folder.

A missing Cython, a source that it cannot translate, and a compiler that is missing, fails or is neither gcc nor clang all leave a
package that works with numpy only. A compiler without OpenMP gives an extension of one thread.

COURSENN_SANITIZE=1 builds with the address and undefined-behaviour sanitizers of gcc or clang: see `make sanitize`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError, LinkError

NAME = "coursenn.fast_cython"
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer", "-O0"]  # -O3 takes very long

# No -march=native: the header compiles its loops for several processors, and one is chosen when the extension is loaded. No
# -ffast-math either: loading such a library switches off the smallest numbers for the whole process.
FLAGS = ["-O3", "-fno-math-errno"]
OPENMP = ["-fopenmp"]


class BuildWithOpenMP(build_ext):  # type: ignore[misc]
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


def extensions(package: str, build_dir: str) -> list[Extension]:
    """Give the extension to build, or nothing where it cannot be translated to C.

    Parameters
    ----------
    package : the folder of the package; setuptools wants it relative to ``setup.py``.
    build_dir : where the C file is written.
    """
    try:
        from Cython.Build import cythonize
        from Cython.Compiler.Errors import CompileError as TranslationError
    except ImportError:
        print("Cython is missing: coursenn is built without its extension and will use only numpy.")
        return []
    source = f"{package}/fast_cython.pyx"
    extension = Extension(NAME, [source], depends=[f"{package}/fast_kernels.h"], include_dirs=[package])
    try:
        modules: list[Extension] = cythonize([extension], build_dir=build_dir, quiet=True)  # type: ignore[no-untyped-call]
    except TranslationError as error:
        print(f"Cython cannot translate {source}: coursenn is built without its extension and will use only numpy.\n{error}")
        return []
    for module in modules:
        module.optional = True  # cythonize drops it when given; with it a compiler's failure is a warning
    return modules


def build(package: Path) -> int:
    """Compile the extension and put it into the package.

    Parameters
    ----------
    package : the folder of the package.

    Returns
    -------
    0 when it is there and loads, 1 otherwise.
    """
    from coursenn._work_folder import write_atomically  # not needed where the package is installed, which imports this too

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        modules = extensions(str(package), folder)
        made = Distribution({"name": "coursenn", "ext_modules": modules, "cmdclass": {"build_ext": BuildWithOpenMP}})
        if not modules:
            print("Nothing is built; `python -m pip install cython` installs what is missing. Everything works without it.")
            return 1
        command = made.get_command_obj("build_ext")
        command.build_lib, command.build_temp = f"{folder}/lib", f"{folder}/objects"
        made.run_command("build_ext")
        built = list(Path(folder, "lib").rglob("fast_cython*"))
        try:
            for path in built:
                # A kernel that has the old one loaded keeps it; writing into that file would end the kernel.
                write_atomically(package / path.name, path.read_bytes())
        except OSError as error:  # Windows replaces no library that is loaded
            print(f"{error.filename2 or error.filename} cannot be replaced ({error.strerror}): shut down all kernels and run this again.")
            return 1
    if not built:
        print("Nothing is built: there is no C compiler, or it failed (see above). Everything works without it, only more slowly.")
        return 1
    script = "import sys, numpy; sys.path.insert(0, sys.argv[1]); from coursenn._extension import extension"
    script += "; sys.exit(extension(numpy.dtype(float)) is None)"
    loads = subprocess.run([sys.executable, "-P", "-c", script, str(package.parent)], capture_output=True, check=False).returncode == 0
    print(f"{package / built[0].name} is built{'' if loads else ', but does not load'}. Restart the kernels that should use it.")
    return int(not loads)
