"""Deletes what has exceeded its retention: a task of each service, for its own tables, in small
pieces. Open or waiting rows are never touched, however old. One process at a time; if it ends
halfway, the next one does the rest.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.loop.isolation import Failure
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.context import Context
from shared.runtime.settings import Settings
from shared.runtime.waits import pause
from shared.telemetry import metrics
from shared.telemetry.logs import log

MOST, LEAST = 500, 20
"""Rows in a piece; adapts so that a piece takes a moment on this machine."""
_SLOW_SECONDS, _QUICK_SECONDS = 0.05, 0.02
_SPACE = 7_274_619
_LOOK_SECONDS, _SWEEP_SECONDS, _BETWEEN_SECONDS = 1.0, 600.0, 0.02
Kept = Literal["messages", "inbox", "decisions", "facts", "rejected", "deliveries", "audit"]


def cutoff(settings: Settings, kept: Kept, now: datetime) -> datetime:
    """Older rows may have been pruned."""
    days: int = getattr(settings, f"keep_{kept}")
    return now - timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Piece:
    """`found`: how many rows were examined; `goes_on`: there may be more old ones; `after`: where
    the next piece begins; `newest`: the stamp of the newest row that was deleted.
    """

    gone: int
    goes_on: bool
    after: Any = None
    newest: datetime | None = None


class Rule(Protocol):
    """Which rows of a table are pruned, and which setting keeps them."""

    @property
    def table(self) -> str: ...
    @property
    def kept(self) -> Kept: ...
    async def piece(
        self, conn: AsyncConnection, before: datetime, after: Any, most: int
    ) -> Piece: ...


@dataclass(frozen=True, slots=True)
class InOrder:
    """Rows are numbered in order of arrival, so the oldest come first: no index on their age is
    needed.

    `free`: the condition on a row `r`, besides its age by `stamp`, under which it may be deleted.
    """

    table: str
    kept: Kept
    stamp: str
    free: str = "true"
    key: str = "seq"

    async def piece(self, conn: AsyncConnection, before: datetime, after: Any, most: int) -> Piece:
        statement = f"""
            with looked_at as (
                select r.{self.key} as key, r.ctid as place, r.{self.stamp} < :before as is_old,
                       r.{self.stamp} < :before and ({self.free}) as goes
                from {self.table} r where r.{self.key} > :after order by r.{self.key} limit :limit
            ), gone as (delete from {self.table} t using looked_at l where t.ctid = l.place
                and l.goes returning t.{self.stamp} as stamp)
            select (select count(*) from gone) as gone, (select max(stamp) from gone) as newest,
                   count(*) as number, max(key) as last, coalesce(bool_and(is_old),
                       false) as all_old
            from looked_at
        """
        row = (
            await conn.execute(
                text(statement), {"before": before, "after": after or 0, "limit": most}
            )
        ).one()
        return Piece(row.gone, row.all_old and row.number == most, row.last, row.newest)


@dataclass(frozen=True, slots=True)
class ByAge:
    """Uses an index on `stamp`."""

    table: str
    kept: Kept
    stamp: str
    free: str = "true"

    async def piece(self, conn: AsyncConnection, before: datetime, after: Any, most: int) -> Piece:
        statement = f"""
            with gone as (
                delete from {self.table} t where t.ctid = any(array(
                    select r.ctid from {self.table} r where r.{self.stamp} < :before
                        and ({self.free})
                    order by r.{self.stamp} limit :limit))
                returning t.{self.stamp} as stamp
            )
            select count(*) as gone, max(stamp) as newest from gone
        """
        row = (await conn.execute(text(statement), {"before": before, "limit": most})).one()
        return Piece(row.gone, row.gone == most, newest=row.newest)


def rejected(service: str) -> Rule:
    return InOrder("event_rejected", "rejected", "at", f"r.service = '{service}'", key="id")


class Pruner:
    """A sweep goes through every table from the beginning; then it pauses, unless the clock is
    moved.
    """

    def __init__(self, context: Context, service: str, rules: Sequence[Rule]) -> None:
        self._context = context
        self._service = service
        self._rules = rules
        self._swept_at = -_SWEEP_SECONDS
        self._offset = context.clock.offset
        self._most = LEAST

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if self._is_due():
                self._swept_at, self._offset = time.monotonic(), self._context.clock.offset
                await self.sweep(stop)
            await pause(stop, _LOOK_SECONDS)

    def _is_due(self) -> bool:
        return (
            time.monotonic() - self._swept_at >= _SWEEP_SECONDS
            or self._context.clock.offset != self._offset
        )

    async def sweep(self, stop: asyncio.Event) -> None:
        for rule in self._rules:
            try:
                await self._through(rule, stop)
            except Exception as error:
                failure = Failure("pruning", error)
                tell = log.warning if isinstance(error, DatabaseUnavailable) else log.error
                tell(
                    "pruning_failed",
                    service=self._service,
                    table=rule.table,
                    reason=failure.reason,
                    trace=failure.trace,
                )

    async def _through(self, rule: Rule, stop: asyncio.Event) -> None:
        before, after, total = (
            cutoff(self._context.settings, rule.kept, self._context.clock.now()),
            None,
            0,
        )
        while not stop.is_set():
            async with transaction(self._context.engine) as conn:
                if not (
                    await conn.execute(_LOCK, {"space": _SPACE, "service": self._service})
                ).scalar_one():
                    break  # another process is pruning
                began = time.monotonic()
                piece = await rule.piece(conn, before, after, self._most)
                if piece.newest is not None:
                    await conn.execute(
                        _REMEMBER, {"key": f"{_KEY}{rule.table}", "at": piece.newest.isoformat()}
                    )
            self._adapt(time.monotonic() - began)
            metrics.pruned_rows.labels(rule.table).inc(piece.gone)
            total, after = total + piece.gone, piece.after
            if not piece.goes_on:
                break
            await pause(stop, _BETWEEN_SECONDS)
        if total:
            log.info(
                "pruned",
                service=self._service,
                table=rule.table,
                rows=total,
                before=before.date().isoformat(),
            )

    def _adapt(self, seconds: float) -> None:
        """Keeps pieces short, because a piece holds its locks for as long as it takes."""
        if seconds > _SLOW_SECONDS:
            self._most = max(LEAST, self._most // 2)
        elif seconds < _QUICK_SECONDS:
            self._most = min(MOST, self._most * 2)


async def gone_until(conn: AsyncConnection, *tables: str) -> dict[str, datetime]:
    """The newest row that was ever pruned of each of these tables, also under another setting."""
    rows = await conn.execute(_GONE, {"keys": [f"{_KEY}{table}" for table in tables]})
    return {row.key.removeprefix(_KEY): datetime.fromisoformat(row.at) for row in rows}


_KEY = "pruned:"
_REMEMBER = text(
    """
    insert into app_state as s (key, value) values (:key, jsonb_build_object('at',
        cast(:at as text)))
    on conflict (key) do update set value = excluded.value, updated_at = clock_timestamp()
    where cast(s.value ->> 'at' as timestamptz) < cast(excluded.value ->> 'at' as timestamptz)
    """
)
_GONE = text(
    "select key, value ->> 'at' as at from app_state where key = any(cast(:keys as text[]))"
)
_LOCK = text("select pg_try_advisory_xact_lock(:space, hashtext(:service))")
