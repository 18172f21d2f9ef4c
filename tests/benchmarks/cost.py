"""The cost of work: wall time, CPU seconds of the process and of PostgreSQL, its memory.

On a busy machine wall time grows; CPU time hardly does.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil


@dataclass(frozen=True, slots=True)
class Reading:
    """At one point in time: wall-clock seconds, and the CPU seconds used by the processes."""

    wall: float
    own: float
    postgres: float

    def since(self, before: "Reading") -> "Reading":
        return Reading(
            self.wall - before.wall, self.own - before.own, self.postgres - before.postgres
        )


async def read(connection: "asyncpg.Connection[asyncpg.Record]", pid: int) -> Reading:
    """Reads process `pid` and all processes of the local server, except this connection's own."""
    rows = await connection.fetch("select pid from pg_stat_activity where pid <> pg_backend_pid()")
    return Reading(time.monotonic(), seconds([pid]), seconds([row[0] for row in rows]))


async def memory_mb(connection: "asyncpg.Connection[asyncpg.Record]") -> float:
    """Of the local server: what its sessions share (buffers in use) is counted once."""
    rows = await connection.fetch("select pid from pg_stat_activity")
    total = 0
    for row in rows:
        try:
            total += psutil.Process(row[0]).memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total / 2**20


def peak_mb(pid: int) -> float:
    """The most memory that a process has had so far; of what it shares, all."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 2**10


def seconds(pids: Sequence[int]) -> float:
    total = 0.0
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total
