"""What `make setup` does: environments of Python, and the system's packages. Runs before anything is installed: standard library only.

It must start under an old Python, to say that this is too old: use nothing that 3.7 cannot read.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

MINIMUM = (3, 11)
"""Of Python; `requires-python` in both pyproject files and the lock say the same."""
NEEDS = {"bwrap": "the sandbox that grades student code", "chromium": "the tests of the book in a browser"}
PACKAGES = {"bwrap": "bubblewrap", "chromium": "chromium"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""Any of them will do."""
MANAGERS = {
    "apt-get": ("apt-get install -y", "apt-get update"),
    "dnf": ("dnf install -y", None),
    "pacman": ("pacman -S --noconfirm", None),
}
LOG = "setup.log"
"""In the environment's folder: the full output of pip."""
TESTS = r"site-packages[\\/].*[\\/]tests?[\\/]"
"""Folders of packages in which nothing is compiled, since nobody runs their tests here."""
TAIL = 40
"""Lines of the log shown after a failure."""


def main() -> int:
    """Do one part of the set-up; a missing system package never fails it."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    system = verbs.add_parser("system", help="install or name the system packages that are missing")
    system.add_argument("--say", action="store_true", help="also say when none is missing")
    check = verbs.add_parser("check-python", help="check that this Python is new enough and can make environments")
    make = verbs.add_parser("environment", help="make an environment, or bring it up to date")
    make.add_argument("folder", type=Path)
    make.add_argument("--constraint", type=Path, default=Path("constraints.txt"), metavar="FILE", help="the versions to install")
    make.add_argument(
        "--beside", metavar="ARGUMENTS", help="the arguments of one more run of pip, at the same time as the last; it installs nothing else"
    )
    make.add_argument("pip", nargs="+", metavar="ARGUMENTS", help="the arguments of one run of pip, as one word: '--editable course'")
    verbs.add_parser("oldest-python", help=f"print the oldest Python from {_dotted(MINIMUM)} on that this machine has")
    for part in (system, check, make):
        part.add_argument("--install", action="store_true", help="install system packages even outside a container (asks sudo)")
    options = parser.parse_args()
    if options.verb == "oldest-python":
        return print_oldest()
    install = options.install or (os.geteuid() == 0 and in_container())
    if options.verb == "system":
        return check_system(install=install, say=options.say)
    status = check_python(install=install)
    if status or options.verb == "check-python":
        return status
    return make_environment(options.folder, options.pip, options.constraint, options.beside)


def check_python(*, install: bool) -> int:
    """Say what is needed when this interpreter is too old, or cannot make environments (Debian has a package for that)."""
    if tuple(sys.version_info) < MINIMUM:
        print(
            f"coursenn needs Python {_dotted(MINIMUM)} or later, and this is {_version()}. Name another one: make PYTHON=python3.12 setup"
        )
        return 2
    if makes_environments():
        return 0
    package = "python3-venv" if Path("/usr/bin/python3").resolve() == Path(sys.executable).resolve() else f"python{_version(2)}-venv"
    if install and shutil.which("apt-get"):
        _install_packages("apt-get", [package])
        importlib.invalidate_caches()
        if makes_environments():
            return 0
    if shutil.which("apt-get"):
        print(f"setup: python3 -m venv does not work here: run apt-get install {package}")
    else:
        print(f"setup: python3 -m venv does not work with {sys.executable}: install its modules venv and ensurepip, or name another Python")
    return 2


def makes_environments() -> bool:
    """Whether `python3 -m venv` gives an environment with pip."""
    try:
        # A folder that the package has left behind can be imported, but has no version.
        from ensurepip import version
        from venv import EnvBuilder
    except ImportError:
        return False
    return bool(version() and EnvBuilder)


def make_environment(folder: Path, runs: list[str], constraint: Path, beside: str | None = None) -> int:
    """Make an environment and install into it, with one line for each step; what pip says goes to a log.

    Parameters
    ----------
    folder : of the environment. One with another version of Python is made again, any other is brought up to date.
    runs : the arguments of one run of ``pip install`` each.
    constraint : the file of the versions to install.
    beside : the arguments of a run at the same time as the last one, of which neither needs what the other installs.

    Returns
    -------
    The exit status: 0, or that of the first step that failed, whose end is printed.
    """
    start = time.monotonic()
    made_with = _version_of_environment(folder)
    other = made_with not in (None, _version())
    if made_with != _version():
        print(f"setup: making {folder} with Python {_version()}" + (f" in place of {made_with}" if other else ""), flush=True)
    done = _run([sys.executable, "-m", "venv", *(["--clear"] if other else []), str(folder)])
    if done.returncode:
        return _failed(done)
    print(f"setup: installing what {constraint.name} pins (a minute or two)", flush=True)
    python = str(folder / "bin" / "python")

    def pip(run: str, *options: str) -> list[str]:
        quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
        return [python, "-m", "pip", "install", *quiet, *options, "--constraint", str(constraint), *shlex.split(run)]

    with (folder / LOG).open("w", encoding="utf-8") as log, ThreadPoolExecutor() as processes:
        for run in runs[:-1]:
            if _failed_in(log, _run(pip(run))):
                return 1
        at_the_same_time = processes.submit(_run, pip(beside)) if beside else None
        failed = _failed_in(log, _run(pip(runs[-1], "--no-compile")))
        if not failed:
            # On all cores; pip uses one. Some packages hold files that cannot be compiled, which pip accepts as well.
            _run([python, "-m", "compileall", "-q", "-j", "0", "-x", TESTS, *map(str, folder.glob("lib/python*/site-packages"))])
        if at_the_same_time:
            failed |= _failed_in(log, at_the_same_time.result())
        if failed:
            return 1
    count = sum(1 for _ in folder.glob("lib/python*/site-packages/*.dist-info"))
    print(f"setup: {folder} has {count} packages, after {time.monotonic() - start:.0f} s")
    return 0


def _failed_in(log: IO[str], done: subprocess.CompletedProcess[str]) -> bool:
    """Write what a run of pip said into the log; say so and print its end if it failed."""
    print(f"$ {shlex.join(done.args)}\n{done.stdout}", file=log, flush=True)
    return bool(done.returncode and _failed(done, Path(log.name)))


def _failed(done: subprocess.CompletedProcess[str], log: Path | None = None) -> int:
    """Print the end of what a failed command said, and where the rest is."""
    lines = done.stdout.splitlines()
    print("\n".join(lines[-TAIL:]))
    print(f"setup: `{shlex.join(done.args)}` failed" + (f"; all {len(lines)} lines that it printed are in {log}" if log else ""))
    return 1


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; ``stdout`` of the result has both streams."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")


def _version(parts: int = 3) -> str:
    return _dotted(tuple(sys.version_info[:parts]))


def _dotted(version: tuple[object, ...]) -> str:
    return ".".join(map(str, version))


def _version_of_environment(folder: Path) -> str | None:
    """The version of Python that an environment was made with, or None when there is none."""
    try:
        found = re.search(r"^version = (\S+)$", (folder / "pyvenv.cfg").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found[1] if found else None


def print_oldest() -> int:
    """Print the path of the oldest Python on this machine that the course promises to work with."""
    versions = {path: version_of(path) or () for path in interpreters()}
    found = [path for path, version in versions.items() if version >= MINIMUM]
    if not found:
        print(f"setup: there is no Python from {_dotted(MINIMUM)} on", file=sys.stderr)
        return 1
    print(min(found, key=lambda path: versions[path]))
    return 0


def interpreters() -> Iterator[Path]:
    """Every ``python3`` and ``python3.X`` of the search path, of the usual folders and of pyenv, each once."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/bin", "/usr/local/bin", *sorted(pyenv.glob("versions/*/bin"))]
    seen = set()
    for path in (path for folder in filter(None, map(str, folders)) for path in sorted(Path(folder).glob("python3*"))):
        real = path.resolve()
        if re.fullmatch(r"python3(\.\d+)?", path.name) and real not in seen:
            seen.add(real)
            yield path


def version_of(python: Path) -> tuple[int, ...] | None:
    """The version of an interpreter; None if it does not start, is a pre-release, or belongs to an environment."""
    code = "import sys; print(*sys.version_info[:3], sys.version_info[3], sys.prefix == sys.base_prefix)"
    try:
        done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = done.stdout.split()
    if done.returncode or words[3:] != ["final", "True"]:
        return None
    return tuple(int(word) for word in words[:3])


def in_container() -> bool:
    """Whether this is a container, where installing a package surprises nobody."""
    if any(Path(p).exists() for p in ("/.dockerenv", "/run/.containerenv")) or "container" in os.environ:
        return True
    try:
        return Path("/proc/1/comm").read_text().strip() not in {"systemd", "init"}
    except OSError:
        return False


def check_system(*, install: bool, say: bool) -> int:
    """Install or name the system packages that are missing; their absence is never a failure."""
    missing = [name for name in NEEDS if not any(map(shutil.which, BROWSERS if name == "chromium" else (name,)))]
    if missing:
        provide(missing, install=install)
    elif say:
        print("setup: the sandbox and the browser are installed")
    return 0


def provide(missing: list[str], *, install: bool) -> None:
    """Install the packages, one by one since a system may not have all of them, or print the command that does."""
    for name in missing:
        print(f"setup: {name} is missing: {NEEDS[name]}.")
    manager = next((m for m in MANAGERS if shutil.which(m)), None)
    if manager is None:
        print("setup: found no known package manager; install bubblewrap and chromium by hand. Going on without them.")
        return
    packages = [PACKAGES[name] for name in missing]
    if install:
        _install_packages(manager, packages)
    else:
        print(f"setup: run `{' '.join([*_sudo(), MANAGERS[manager][0], *packages])}`, or `make setup SYSTEM=1`. Going on without it.")


def _install_packages(manager: str, packages: list[str]) -> None:
    """Run the package manager once for each package; a failure is shown, and the next one is tried."""
    command, before = MANAGERS[manager]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in filter(None, (before, *(f"{command} {package}" for package in packages))):
        print(f"setup: {step}", flush=True)
        # Its questions, sudo's among them, go to the terminal itself.
        done = subprocess.run([*_sudo(), *step.split()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        if done.returncode:
            print("\n".join((done.stdout or "").splitlines()[-TAIL:]))
            print(f"setup: `{step}` failed; going on without it.")


def _sudo() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo"]


if __name__ == "__main__":
    sys.exit(main())
