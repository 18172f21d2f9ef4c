"""Faults on request: a part of the work raises for one account until the request is withdrawn. Only
with the test clock.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.postgres.wake import Wake
from shared.runtime.backoff import Backoff

Part = Literal["thresholds", "judgement", "timer", "notice", "render", "deliver"]
CHANNEL = "plimsoll_test_faults"
_KEY = "test-faults"


class InjectedFault(Exception):
    """Requested by PUT /v1/test-faults."""


class TestFaults:
    """The faults active in this process: account -> parts."""

    __test__ = False  # not a test case, despite its name

    def __init__(self) -> None:
        self._raising: Mapping[str, frozenset[str]] = {}

    def hold(self, raising: Mapping[str, frozenset[str]]) -> None:
        self._raising = raising

    def check(self, account: str, part: str) -> None:
        """Raises if a fault is requested for this account and part."""
        if self._raising and part in self._raising.get(account, ()):
            raise InjectedFault(part)


NO_FAULTS = TestFaults()


async def stored(conn: AsyncConnection) -> dict[str, frozenset[str]]:
    value: Mapping[str, Any] | None = (
        await conn.execute(_READ, {"key": _KEY})
    ).scalar_one_or_none()
    return {account: frozenset(parts) for account, parts in (value or {}).items()}


async def store(
    conn: AsyncConnection, account: str, part: str, *, raises: bool
) -> dict[str, frozenset[str]]:
    """Replaces the active faults."""
    await conn.execute(_BEGIN, {"key": _KEY})
    await conn.execute(_LOCK, {"key": _KEY})
    found = await stored(conn)
    parts = found.get(account, frozenset())
    found[account] = parts | {part} if raises else parts - {part}
    kept = {one: sorted(several) for one, several in found.items() if several}
    await conn.execute(_WRITE, {"key": _KEY, "value": json.dumps(kept)})
    return {one: frozenset(several) for one, several in kept.items()}


async def follow(engine: AsyncEngine, faults: TestFaults, wake: Wake, stop: asyncio.Event) -> None:
    """The task that applies requests made in any process to this one."""
    signal, backoff = wake.signal(CHANNEL), Backoff()
    while not stop.is_set():
        try:
            async with transaction(engine) as conn:
                faults.hold(await stored(conn))
            backoff.reset()
        except DatabaseUnavailable:
            await backoff.wait(stop)
        await signal.wait(0.5)


_READ = text("select value from app_state where key = :key")
_BEGIN = text("insert into app_state (key, value) values (:key, '{}') on conflict do nothing")
_LOCK = text("select 1 from app_state where key = :key for update")
_WRITE = text(
    "update app_state "
    "set value = cast(:value as jsonb), updated_at = clock_timestamp() where key = :key"
)
