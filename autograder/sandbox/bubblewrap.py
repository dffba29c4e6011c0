"""The command line of bubblewrap: an empty root, separate namespaces, no capabilities, and only the named files inside."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping

from autograder.sandbox.interpreter import hidden_folders, interpreter_mounts

CURE_MISSING = (
    "bubblewrap is not installed, so student code will not be run. Install it (Debian and Ubuntu: apt install bubblewrap; "
    "Fedora: dnf install bubblewrap; Arch: pacman -S bubblewrap; macOS has none: use a Linux machine or container). "
    "For your own code: --unsafe-no-sandbox."
)
CURE_FORBIDDEN = (
    "bubblewrap is installed but cannot make its namespaces here, so student code will not be run. On Ubuntu 24.04 AppArmor forbids them "
    "by default: give bwrap an AppArmor profile with `userns,` (INSTRUCTOR.md shows it). In a container: start it with "
    "--security-opt seccomp=unconfined or --privileged. For your own code: --unsafe-no-sandbox."
)
NOBODY = "65534"
"""User and group inside."""


class SandboxUnavailable(RuntimeError):
    """Student code will not be run on this machine; the message says what to do."""


def bubblewrap() -> str | None:
    """The bwrap program, if there is one."""
    return shutil.which("bwrap", path=os.environ.get("PATH", "") + ":/usr/bin:/usr/local/bin:/bin")


@functools.cache
def size_supported() -> bool:
    """Whether this bubblewrap can bound the size of a tmpfs."""
    bwrap = bubblewrap()
    listing = subprocess.run([bwrap, "--help"], capture_output=True, text=True, check=False).stdout if bwrap else ""
    return "--size" in listing


def walled_command(
    *,
    environment: Mapping[str, str],
    tmpfs: Mapping[str, int],
    read_only: Iterable[tuple[str, str]],
    writable: Iterable[str] = (),
    descriptors: Mapping[str, int | None] | None = None,
) -> list[str]:
    """The command that sandboxes a program; the program and its arguments follow it.

    Parameters
    ----------
    environment : the whole environment; this process's is not passed on.
    tmpfs : folder inside -> bytes that it may hold.
    read_only : pairs of a path on this machine and its path inside, in addition to interpreter, standard library and numpy.
    writable : paths that are the same inside, and may be written to.
    descriptors : option of bubblewrap -> the descriptor that it reads from or writes to; None leaves the option out.

    Raises
    ------
    SandboxUnavailable
        When bubblewrap is not installed.
    """
    bwrap = bubblewrap()
    if bwrap is None:
        raise SandboxUnavailable(CURE_MISSING)
    command = [bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    command += ["--uid", NOBODY, "--gid", NOBODY, "--hostname", "sandbox"]
    for name, value in environment.items():
        command += ["--setenv", name, value]
    # Before the other mounts, because an interpreter may also be below /tmp.
    for folder, size in tmpfs.items():
        command += [*(["--size", str(size)] if size_supported() else []), "--tmpfs", folder]
    mounts = {target: source for source, target in (*interpreter_mounts(), *read_only)}
    for target, source in mounts.items():
        command += ["--ro-bind", source, target]
    for folder in hidden_folders():
        command += ["--tmpfs", folder, "--remount-ro", folder]
    for path in writable:
        command += ["--bind", path, path]
    command += ["--dev-bind", "/dev/null", "/dev/null", "--remount-ro", "/", "--chdir", "/tmp"]
    for option, descriptor in (descriptors or {}).items():
        command += [option, str(descriptor)] if descriptor is not None else []
    return [*command, "--"]
