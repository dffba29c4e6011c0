"""What `make setup` asks of the machine. Runs before anything is installed: standard library only."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

NEEDS = {"bwrap": "the sandbox that grades student code", "chromium": "the tests of the book in a browser"}
PACKAGES = {"bwrap": "bubblewrap", "chromium": "chromium"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""Any of them will do."""
MANAGERS = {
    "apt-get": ("apt-get install -y", "apt-get update"),
    "dnf": ("dnf install -y", None),
    "pacman": ("pacman -S --noconfirm", None),
}


def main() -> int:
    """Check the interpreter, or install (or name) the missing system packages; never fails for a missing one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check-python", action="store_true", help="only check the interpreter's version")
    parser.add_argument("--install", action="store_true", help="install system packages even outside a container (asks sudo)")
    options = parser.parse_args()
    if options.check_python:
        return check_python()
    missing = [name for name in NEEDS if not any(map(shutil.which, BROWSERS if name == "chromium" else (name,)))]
    if missing:
        provide(missing, install=options.install or (os.geteuid() == 0 and in_container()))
    return 0


def check_python() -> int:
    """Say which interpreter is needed when this one is too old."""
    if tuple(sys.version_info) >= (3, 11):
        return 0
    print(f"coursenn needs Python 3.11 or later, this is {sys.version.split()[0]}. Name another one: make PYTHON=python3.12 setup")
    return 2


def in_container() -> bool:
    """Whether this is a throw-away machine, where installing a package surprises nobody."""
    if any(Path(p).exists() for p in ("/.dockerenv", "/run/.containerenv")) or "container" in os.environ:
        return True
    try:
        return Path("/proc/1/comm").read_text().strip() not in {"systemd", "init"}
    except OSError:
        return False


def provide(missing: list[str], *, install: bool) -> None:
    """Install the packages, one by one since a system may lack some, or print the one command that does."""
    for name in missing:
        print(f"setup: {name} is missing: {NEEDS[name]}.")
    manager = next((m for m in MANAGERS if shutil.which(m)), None)
    if manager is None:
        print("setup: no package manager known here; install bubblewrap and chromium by hand. Going on without them.")
        return
    command, before = MANAGERS[manager]
    packages = [PACKAGES[name] for name in missing]
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    if not install:
        print(f"setup: run `{' '.join([*sudo, command, *packages])}`, or `make setup SYSTEM=1`. Going on without.")
        return
    for step in filter(None, (before, *(f"{command} {package}" for package in packages))):
        print(f"setup: {step}", flush=True)
        done = subprocess.run([*sudo, *step.split()], stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        if done.returncode:
            print(f"setup: `{step}` failed; going on without.")


if __name__ == "__main__":
    sys.exit(main())
