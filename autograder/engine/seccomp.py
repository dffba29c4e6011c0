"""System call filters, written out as programs for the kernel: one for a whole sandbox, one more for the process of a check."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Iterator

SYSTEM_CALLS_REFUSED = (
    "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "keyctl", "add_key", "request_key", "bpf", "perf_event_open",
    "userfaultfd", "mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "fsopen", "fsconfig", "fsmount", "move_mount",
    "open_tree", "mount_setattr", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "open_by_handle_at", "name_to_handle_at", "io_uring_setup", "io_uring_enter", "io_uring_register", "swapon", "swapoff",
    "reboot", "acct", "quotactl", "syslog", "personality", "socket", "socketpair", "connect", "bind", "listen",
    "memfd_create", "memfd_secret", "shmget", "msgget", "semget", "mq_open",
)  # fmt: skip
"""Answered with "not permitted" in the whole sandbox: nobody needs them for arithmetic, and some hold memory that no limit counts."""
NEW_PROCESSES = ("fork", "vfork", "clone", "clone3", "execve", "execveat")
"""End the process of a check, threads included; for the processes that fork checks they stay allowed."""


@functools.cache
def sandbox_filter() -> bytes | None:
    """The program for a whole sandbox; None where libseccomp is missing."""
    return _program("ERRNO", SYSTEM_CALLS_REFUSED)


@functools.cache
def check_filter() -> bytes | None:
    """The program that a check's process loads before it runs student code; None where libseccomp is missing."""
    return _program("KILL_PROCESS", NEW_PROCESSES)


def _program(action: str, calls: tuple[str, ...]) -> bytes | None:
    try:
        import pyseccomp
    except Exception:
        return None
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    answer = pyseccomp.ERRNO(1) if action == "ERRNO" else getattr(pyseccomp, action)
    for name in calls:
        # A kernel or architecture without that call needs no rule for it.
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            rules.add_rule(answer, name)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


@contextlib.contextmanager
def sandbox_filter_file() -> Iterator[int | None]:
    """A descriptor that bubblewrap reads the sandbox's program from, or None."""
    program = sandbox_filter()
    if program is None:
        yield None
        return
    with tempfile.TemporaryFile() as file:
        file.write(program)
        file.flush()
        file.seek(0)
        yield file.fileno()
