"""The rows of parked accounts: no process waits for another, and counting them stays cheap."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.loop import parked_rows
from shared.loop.isolation import Failure
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.loops import engine_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LANE = "usage.totals"


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    found = engine_of(settings)
    yield found
    await found.dispose()


async def _park(engine: AsyncEngine, *accounts: str) -> None:
    failures = {
        (account, LANE): Failure("thresholds", OverflowError(), LANE) for account in accounts
    }
    async with transaction(engine) as conn:
        await parked_rows.park(conn, "trigger", failures, NOW)


async def _due(conn: AsyncConnection) -> list[str]:
    rows = await conn.execute(
        text("select account from parked where next_attempt_at <= :now order by account"),
        {"now": NOW},
    )
    return [row.account for row in rows]


@pytest.mark.parametrize("what", ["heal", "hasten"])
async def test_hastening_skips_accounts_that_are_being_processed(
    engine: AsyncEngine, what: str
) -> None:
    """Two processes that hastened each other's accounts in different orders would deadlock."""
    await _park(engine, "a", "b", "c")
    async with transaction(engine) as other, transaction(engine) as conn:
        await other.execute(text("update parked set attempts = attempts + 1 where account = 'b'"))
        async with asyncio.timeout(2):
            await (
                parked_rows.heal(conn, "trigger", LANE, ["a"], NOW)
                if what == "heal"
                else parked_rows.hasten(conn, "trigger", NOW)
            )
        assert await _due(conn) == ["a", "c"]


@pytest.mark.parametrize("what", ["heal", "hasten"])
async def test_accounts_that_a_turn_only_reads_are_hastened(engine: AsyncEngine, what: str) -> None:
    """A turn locks the rows of accounts whose records it keeps; a new catalogue may still fix
    them.
    """
    await _park(engine, "a", "b")
    async with transaction(engine) as other, transaction(engine) as conn:
        assert await parked_rows.hold(other, "trigger", [("a", LANE), ("b", LANE)]) == {
            ("a", LANE),
            ("b", LANE),
        }
        async with asyncio.timeout(2):
            await (
                parked_rows.heal(conn, "trigger", LANE, ["a"], NOW)
                if what == "heal"
                else parked_rows.hasten(conn, "trigger", NOW)
            )
        assert await _due(conn) == ["a", "b"]


async def test_only_the_same_fault_in_the_same_lane_is_hastened(engine: AsyncEngine) -> None:
    await _park(engine, "a", "b")
    other_fault = {
        ("c", LANE): Failure("thresholds", KeyError(), LANE),
        ("d", "other"): Failure("thresholds", OverflowError(), "other"),
    }
    async with transaction(engine) as conn:
        await parked_rows.park(conn, "trigger", other_fault, NOW)
        await parked_rows.heal(conn, "trigger", LANE, ["a"], NOW)
        assert await _due(conn) == ["a", "b"]


async def test_records_that_wait_their_turn_are_counted_up_to_a_bound(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One account may have millions; they are counted every second."""
    monkeypatch.setattr(parked_rows, "MOST_COUNTED", 3)
    async with transaction(engine) as conn:
        await parked_rows.defer(conn, "trigger", [("big", LANE)], NOW)
        await conn.execute(text(_FLOOD))
        assert (
            await parked_rows.standing(conn, "trigger", [LANE], NOW + timedelta(seconds=1))
        ).deferred == 3


_FLOOD = """
    insert into parked_record (service, account, lane, partition, "offset", is_replay, "timestamp")
    select 'trigger', 'big', 'usage.totals', 0, n, false, 0 from generate_series(1, 5) as n
"""
