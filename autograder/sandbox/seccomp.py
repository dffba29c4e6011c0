"""System call filters, written out as programs for the kernel: one for a whole sandbox, one more for the process of a check."""

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
"""Answered with "not permitted" in the whole sandbox: nobody needs them for arithmetic, some hold memory that no limit counts, some
reach into other processes, and with some a check could leave word for the next one."""
CHANGES_OF_OTHERS = ("prlimit64",)
"""Answered like that for every process but the caller's own, which is number 0 as the first argument."""
OUT_OF_BAND = {"sendto": 3, "recvfrom": 3, "sendmsg": 2, "recvmsg": 2}
"""Which argument of these holds the flags. Data out of band has no place on the wire, and its code in the kernel a history of holes."""
PRETENDED = ("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat")
"""Answered with success, and nothing is done. The null device is the whole machine's, and inside it may belong to the student;
honest code that copies a file must not fail for it."""
SETXATTRAT = 463
"""Its number on every architecture; libraries of today do not know its name."""
LOCAL_SOCKETS = ("socket", "socketpair", "connect", "bind", "listen")
MAX_FAMILY = 64
CLONE_THREAD = 0x00010000
"""From linux/sched.h."""
NEW_PROCESSES = ("fork", "vfork", "clone", "clone3", "execve", "execveat")
"""End the process of a check, threads included; for the processes that fork checks they stay allowed."""


@functools.cache
def sandbox_filter() -> bytes | None:
    """The program for a whole sandbox; None where libseccomp is missing."""
    seccomp = _library()
    if seccomp is None:
        return None
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refuse(rules, seccomp)
    return exported(rules)


@functools.cache
def check_filter() -> bytes | None:
    """The program that a check's process loads before it runs student code; None where libseccomp is missing."""
    seccomp = _library()
    if seccomp is None:
        return None
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    for name in NEW_PROCESSES:
        rule(rules, seccomp.KILL_PROCESS, name)
    return exported(rules)


@functools.cache
def threads_filter(spared: tuple[str, ...] = ()) -> bytes | None:
    """The program for a wall whose process has threads and local sockets, and no process of its own; None where libseccomp is missing.

    Parameters
    ----------
    spared : further calls that it cannot do without.
    """
    seccomp = _library()
    if seccomp is None:
        return None
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refuse(rules, seccomp, spared=(*LOCAL_SOCKETS, *spared))
    for name in ("fork", "vfork"):
        rule(rules, seccomp.ERRNO(errno.EPERM), name)
    # A thread is a clone with CLONE_THREAD. The flags of clone3 cannot be seen, and without it the C library takes clone.
    rule(rules, seccomp.ERRNO(errno.EPERM), "clone", seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_THREAD, 0))
    rule(rules, seccomp.ERRNO(errno.ENOSYS), "clone3")
    # In the sandbox's network namespace, which has nothing but a loopback. Other families may lead out of it.
    for family in set(range(MAX_FAMILY)) - {socket.AF_UNIX, socket.AF_INET, socket.AF_NETLINK}:
        rule(rules, seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", seccomp.Arg(0, seccomp.EQ, family))
    rule(rules, seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", seccomp.Arg(0, seccomp.GE, MAX_FAMILY))
    return exported(rules)


def refuse(rules: Any, seccomp: Any, spared: Collection[str] = ()) -> None:
    """Add the rules of every sandbox, but for calls that one of them cannot do without."""
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
    """Add one rule; a kernel or architecture without that call needs none for it."""
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        rules.add_rule(action, name, *arguments)


def exported(rules: Any) -> bytes:
    """The rules as the kernel reads them."""
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
    """A descriptor that bubblewrap reads the sandbox's program from, or None."""
    return program_file(sandbox_filter())


@contextlib.contextmanager
def program_file(program: bytes | None) -> Iterator[int | None]:
    """A descriptor that bubblewrap reads a program from; None for none."""
    if program is None:
        yield None
        return
    with tempfile.TemporaryFile() as file:
        file.write(program)
        file.flush()
        file.seek(0)
        yield file.fileno()
