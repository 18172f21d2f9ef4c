"""What something costs: wall time, and CPU seconds of the process that does it and of PostgreSQL for it.

On a machine that is busy with other things wall time grows; CPU time hardly does.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import psutil


@dataclass(frozen=True, slots=True)
class Reading:
    """At one moment: seconds that have passed, and that processes have used."""

    wall: float
    own: float
    postgres: float

    def since(self, before: "Reading") -> "Reading":
        return Reading(self.wall - before.wall, self.own - before.own, self.postgres - before.postgres)


async def read(connection: "asyncpg.Connection[asyncpg.Record]", pid: int) -> Reading:
    """Of process `pid` and of all of the server's processes but the one that answers here; the server must run on this machine."""
    rows = await connection.fetch("select pid from pg_stat_activity where pid <> pg_backend_pid()")
    return Reading(time.monotonic(), seconds([pid]), seconds([row[0] for row in rows]))


def seconds(pids: Sequence[int]) -> float:
    total = 0.0
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total
