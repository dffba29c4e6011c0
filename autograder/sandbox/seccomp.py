"""System call filters as programs for the kernel: one for a whole sandbox, and one more for the process of a check."""

from __future__ import annotations

import contextlib
import errno
import functools
import socket
import tempfile
from collections.abc import Collection, Iterator
from typing import Any

SYSTEM_CALLS_REFUSED = (
    "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "keyctl", "add_key", "request_key", "bpf", "perf_event_open",
    "userfaultfd", "mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "fsopen", "fsconfig", "fsmount", "move_mount",
    "open_tree", "mount_setattr", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "open_by_handle_at", "name_to_handle_at", "io_uring_setup", "io_uring_enter", "io_uring_register", "swapon", "swapoff",
    "reboot", "acct", "quotactl", "syslog", "personality", "socket", "socketpair", "connect", "bind", "listen",
    "memfd_create", "memfd_secret", "shmget", "msgget", "semget", "mq_open",
    "pidfd_open", "pidfd_getfd", "process_madvise", "process_mrelease", "move_pages", "migrate_pages",
    "setpriority", "ioprio_set", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler",
    "setxattr", "lsetxattr", "fsetxattr", "splice", "tee", "vmsplice", "modify_ldt", "fanotify_init",
)  # fmt: skip
"""Answered with "not permitted" in the whole sandbox: arithmetic does not need them. Some hold memory that no limit counts, some
reach into other processes, and with some a check could leave a message for the next one."""
CHANGES_OF_OTHERS = ("prlimit64",)
"""Answered in this way for every process except the caller itself, for which the first argument is 0."""
OUT_OF_BAND = {"sendto": 3, "recvfrom": 3, "sendmsg": 2, "recvmsg": 2}
"""The argument of each that holds the flags. The wire needs no out-of-band data, and its code in the kernel has a history of holes."""
PRETENDED = ("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat")
"""Answered with success without doing anything. The null device is shared with the whole machine and may belong to the student inside;
honest code that copies a file must not fail because of this."""
SETXATTRAT = 463
"""Its number on every architecture, since current libraries do not know its name."""
LOCAL_SOCKETS = ("socket", "socketpair", "connect", "bind", "listen")
MAX_FAMILY = 64
CLONE_THREAD = 0x00010000
"""From linux/sched.h."""
NEW_PROCESSES = ("fork", "vfork", "clone", "clone3", "execve", "execveat")
"""Calls that end the process of a check, including those that make threads; the processes that fork checks may use them."""


@functools.cache
def sandbox_filter() -> bytes | None:
    """The program for a whole sandbox; None if libseccomp is missing."""
    seccomp = _library()
    if seccomp is None:
        return None
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refuse(rules, seccomp)
    return exported(rules)


@functools.cache
def check_filter() -> bytes | None:
    """The program that a check's process loads before it runs student code; None if libseccomp is missing."""
    seccomp = _library()
    if seccomp is None:
        return None
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    for name in NEW_PROCESSES:
        rule(rules, seccomp.KILL_PROCESS, name)
    return exported(rules)


@functools.cache
def threads_filter(spared: tuple[str, ...] = ()) -> bytes | None:
    """The program for a sandbox whose process may have threads and local sockets, but no child processes; None if libseccomp is missing.

    Parameters
    ----------
    spared : further calls to allow.
    """
    seccomp = _library()
    if seccomp is None:
        return None
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refuse(rules, seccomp, spared=(*LOCAL_SOCKETS, *spared))
    for name in ("fork", "vfork"):
        rule(rules, seccomp.ERRNO(errno.EPERM), name)
    # A thread is a clone with CLONE_THREAD. A filter cannot see the flags of clone3; without clone3 the C library uses clone.
    rule(rules, seccomp.ERRNO(errno.EPERM), "clone", seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_THREAD, 0))
    rule(rules, seccomp.ERRNO(errno.ENOSYS), "clone3")
    # In the sandbox's network namespace, which has only a loopback. Other families may lead out of it.
    for family in set(range(MAX_FAMILY)) - {socket.AF_UNIX, socket.AF_INET, socket.AF_NETLINK}:
        rule(rules, seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", seccomp.Arg(0, seccomp.EQ, family))
    rule(rules, seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", seccomp.Arg(0, seccomp.GE, MAX_FAMILY))
    return exported(rules)


def refuse(rules: Any, seccomp: Any, spared: Collection[str] = ()) -> None:
    """Add the rules of every sandbox, except for calls that this one needs."""
    for name in (*SYSTEM_CALLS_REFUSED, SETXATTRAT):
        if name not in spared:
            rule(rules, seccomp.ERRNO(errno.EPERM), name)
    for name in CHANGES_OF_OTHERS:
        rule(rules, seccomp.ERRNO(errno.EPERM), name, seccomp.Arg(0, seccomp.NE, 0))
    flag = int(socket.MSG_OOB)
    for name, position in OUT_OF_BAND.items():
        rule(rules, seccomp.ERRNO(errno.EPERM), name, seccomp.Arg(position, seccomp.MASKED_EQ, flag, flag))
    for name in PRETENDED:
        rule(rules, seccomp.ERRNO(0), name)


def rule(rules: Any, action: int, name: str | int, *arguments: Any) -> None:
    """Add one rule; a kernel or architecture without that call needs none."""
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        rules.add_rule(action, name, *arguments)


def exported(rules: Any) -> bytes:
    """The rules in the kernel's form."""
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _library() -> Any:
    try:
        import pyseccomp
    except Exception:
        return None
    return pyseccomp


def sandbox_filter_file() -> contextlib.AbstractContextManager[int | None]:
    """A descriptor from which bubblewrap reads the sandbox's program, or None."""
    return program_file(sandbox_filter())


@contextlib.contextmanager
def program_file(program: bytes | None) -> Iterator[int | None]:
    """A descriptor from which bubblewrap reads a program; None for no program."""
    if program is None:
        yield None
        return
    with tempfile.TemporaryFile() as file:
        file.write(program)
        file.flush()
        file.seek(0)
        yield file.fileno()
