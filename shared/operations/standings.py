"""What is known of processes, of PostgreSQL and Kafka, and of what waits. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FRESH = timedelta(seconds=35)
"""A process that was not seen for longer is silent: it has ended, or cannot reach PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One service in one process. `fault`: why it is not ready, a line for each of `parts`; `since`
    when. `age`: how long ago it was seen.
    """

    name: str
    service: str
    version: str
    started_at: datetime
    seen_at: datetime
    fault: str | None = None
    parts: tuple[str, ...] = ()
    since: datetime | None = None
    age: timedelta = timedelta()

    @property
    def is_fresh(self) -> bool:
        return self.age <= FRESH

    @property
    def is_ready(self) -> bool:
        return self.is_fresh and self.fault is None


@dataclass(frozen=True, slots=True)
class Away:
    """Why a check is not green, and since when."""

    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Unsent:
    """Messages of a service that wait for Kafka: of all services together 100,000 at most are
    counted.
    """

    service: str
    pending: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class ParkedKind:
    """Accounts parked after the same fault of the same part."""

    service: str
    part: str
    reason: str
    accounts: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the database server."""

    version: str
    connections: int
    max_connections: int
