"""The address of a Dask scheduler, and whether grading may go there."""

from __future__ import annotations

import importlib.util
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

DEFAULT_PORT = 8786


OPEN_TO_ALL = (
    "the scheduler has no TLS: every account on this machine can use it, read the seed and students' work, and run code as the "
    "workers. Use tls:// if others have accounts here"
)


class ClusterMisuse(ValueError):
    """An address or a set of certificates that cannot be used; the message says what to do."""


@dataclass(frozen=True)
class SchedulerAddress:
    """Where the scheduler listens, and the certificates for talking to it."""

    url: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    @property
    def protocol(self) -> str:
        """``tls`` or ``tcp``."""
        return urlsplit(self.url).scheme

    @property
    def host(self) -> str:
        """Its name or IP address."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Where it listens; Dask's default port unless the address names one."""
        return urlsplit(self.url).port or DEFAULT_PORT


def checked_address(address: SchedulerAddress) -> SchedulerAddress:
    """The address, if grading may use it.

    Raises
    ------
    ClusterMisuse
        When seed and submissions would travel in the clear, or certificates or dask.distributed are missing.
    """
    parts = urlsplit(address.url)
    if parts.scheme not in ("tls", "tcp") or not parts.hostname or not _has_port(parts):
        raise ClusterMisuse(f"{address.url!r} is not the address of a scheduler: give tls://host:8786")
    named = {"--tls-ca": address.ca, "--tls-cert": address.cert, "--tls-key": address.key}
    missing = [option for option, path in named.items() if path is None]
    if parts.scheme == "tls" and missing:
        raise ClusterMisuse(f"a tls:// scheduler also needs {', '.join(missing)}")
    if parts.scheme == "tcp" and len(missing) < len(named):
        raise ClusterMisuse("certificates are only for tls://: write tls:// or leave them out")
    if parts.scheme == "tcp" and not _is_loopback(parts.hostname):
        raise ClusterMisuse(
            f"{address.url} would send the workspace's seed and students' work unencrypted: "
            "use tls:// (tcp:// is only for a machine on which nobody else has an account)"
        )
    if importlib.util.find_spec("distributed") is None:
        raise ClusterMisuse("grading on a cluster needs dask.distributed: pip install -e '.[cluster]' in this checkout")
    return address


def _has_port(parts: SplitResult) -> bool:
    """Whether the port, if there is one, is a number that a port can have."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
