"""A Dask scheduler and workers, each in a process of its own, for tests of grading on a cluster."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.paths import REPOSITORY
from autograder.runs.cluster import Cluster
from autograder.runs.pool import GradingOrder
from autograder.runs.scheduler_address import SchedulerAddress


@dataclass
class Certificates:
    """An authority and one certificate, as files."""

    folder: Path
    ca: Path = field(init=False)
    cert: Path = field(init=False)
    key: Path = field(init=False)

    def __post_init__(self) -> None:
        import trustme

        authority = trustme.CA()
        server = authority.issue_cert("localhost", "127.0.0.1")
        self.folder.mkdir()
        self.ca, self.cert, self.key = (self.folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
        authority.cert_pem.write_to_path(self.ca)
        self.key.write_bytes(server.private_key_pem.bytes())
        self.cert.write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))

    @property
    def options(self) -> list[str]:
        """Options for Dask's own commands."""
        return ["--tls-ca-file", str(self.ca), "--tls-cert", str(self.cert), "--tls-key", str(self.key)]


class Dask:
    """A scheduler and workers, each in a process of its own."""

    def __init__(self, folder: Path, certificates: Certificates, *options: str, **environment: str) -> None:
        self.folder, self.options = folder, certificates.options
        self.processes: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        self.start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--protocol", "tls", "--scheduler-file", str(file), *options, **environment
        )
        wait_for(lambda: file.is_file() and file.stat().st_size > 0, "the scheduler")
        self.url: str = json.loads(file.read_text())["address"]

    def start(self, kind: str, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a scheduler or a worker."""
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options, "--no-dashboard", *self.options]
        log = (self.folder / f"{kind}-{len(self.processes)}.log").open("wb")
        process = subprocess.Popen(command, cwd=REPOSITORY, env=os.environ | environment, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def worker(self, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start one more worker."""
        own = ("--no-nanny", "--nthreads", "1", "--local-directory", str(self.folder))
        return self.start("worker", self.url, *own, *options, **environment)

    def pool(self, order: GradingOrder) -> Cluster:
        """Return a pool of all its workers as soon as they have connected."""
        names = ("ca.pem", "cert.pem", "key.pem")
        cluster = Cluster(order, SchedulerAddress(self.url, *(self.folder / "certificates" / name for name in names)))
        # Once all are known, each gets work at once, including the one that must refuse.
        wait_for(lambda: not cluster.finished(0.1) and len(cluster._workers) >= len(self.processes) - 1, "the workers")
        return cluster

    def end(self) -> None:
        """Kill scheduler and workers."""
        for process in self.processes:
            with contextlib.suppress(OSError):
                process.kill()
            process.wait()


def wait_for(holds: Any, what: str, seconds: float = 90.0) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.1)
