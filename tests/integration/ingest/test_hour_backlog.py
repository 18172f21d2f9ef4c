"""Hours that are written later than totals: with what waits they are what was counted, whatever
happens to a process, and nothing waits where there is little to count.
"""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from plimsoll.checks import hours
from services.ingest import handler
from services.ingest.backlog import hour_backlog
from services.ingest.handler import IngestHandler
from services.ingest.tables import hour_log
from shared.loop.turn import Turn
from shared.postgres.database import create_engine, transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.context import Context
from shared.runtime.service import Service, add_loop
from shared.values.periods import Grid, Interval
from tests.support.loops import until
from tests.support.slow_count import hours_of, totals_of
from tests.support.usage import METERS, Hour, Usage, event, ingesting

NOW = datetime.now(UTC)
HOUR = NOW.replace(minute=0, second=0, microsecond=0)
ACCOUNTS = [f"acct-{number}" for number in range(16)]
LATE = timedelta(hours=70)
DICE = random.Random()


class Interrupted(IngestHandler):
    """Some of its turns end before their commit, of some it does not hear that they are
    committed.
    """

    async def apply(self, turn: Turn) -> None:
        await super().apply(turn)
        self._interrupt(turn)

    async def tick(self, turn: Turn) -> None:
        await super().tick(turn)
        self._interrupt(turn)

    def _interrupt(self, turn: Turn) -> None:
        match DICE.randrange(14):
            case 0:
                raise DatabaseUnavailable(OSError("the connection was lost"))
            case 1:
                turn.callbacks.insert(0, _lost)


def _lost() -> None:
    raise DatabaseUnavailable(OSError("the answer to the commit was lost"))


def interrupted(context: Context) -> Service:
    service = Service("ingest")
    add_loop(service, context, Interrupted(context))
    return service


def later(usage: Usage) -> Usage:
    """The same, with hours that are written later in every turn."""
    return replace(usage, settings=replace(usage.settings, hours_later="always"))


def _event(account: str) -> dict[str, Any]:
    late = timedelta(seconds=DICE.randrange(int(LATE.total_seconds())))
    time = NOW - timedelta(microseconds=DICE.randrange(10**9))
    time -= late if DICE.randrange(5) == 0 else timedelta()
    match DICE.randrange(9):
        case 0:
            return event(account, "storage.measured", time, {"bytes": DICE.randrange(10**6)})
        case 1:
            return event(account, "disk.measured", time, {"bytes": DICE.randrange(10**6)})
        case 2:
            return event(account, "seat.changed", time, {"delta": DICE.choice((-1, 2))})
        case 3:
            return event(account, "login", time, {"user": DICE.randrange(9), "device": 1})
        case 4:
            correction = {"correction": True, "bytes": -DICE.randrange(10**6)}
            return event(account, "traffic", time, correction)
        case 5:
            return event(account, "api.request", time, {"correction": True, "count": -2})
        case 6:
            return event(account, "traffic", time, {"bytes": DICE.randrange(10**6)})
    return event(account, "api.request", time)


async def _subscribe(usage: Usage, grids: dict[str, Grid]) -> None:
    account, anchor = DICE.choice(ACCOUNTS), HOUR - timedelta(hours=DICE.randrange(900))
    interval: Interval = DICE.choice(("day", "week", "month"))
    await usage.subscribe(account, anchor, interval=interval)
    grids[account] = Grid(anchor, interval, "UTC")


def without_members(used: dict[Hour, Any]) -> dict[Hour, Any]:
    """In which hour a member is new depends on the periods."""
    return {one: how for one, how in used.items() if METERS[one[1]]["aggregation"] != "unique"}


async def _add_partitions(usage: Usage) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=usage.settings.kafka_bootstrap_servers)
    await admin.start()
    await admin.create_partitions({usage.topic: NewPartitions(6)})
    await admin.close()

    async def counts_over_six() -> bool:
        await usage.producer.client.force_metadata_update()
        counted = await usage.db.fetchval("select partitions from dedupe_state")
        return len(await usage.offsets()) == 6 and counted == 6

    await until(counts_over_six, 60)


async def _is_written(usage: Usage) -> bool:
    return not await usage.db.fetchval("select count(*) from usage_hour_log")


@asynccontextmanager
async def writing_later(usage: Usage) -> AsyncIterator[None]:
    """An ingest service that writes hours later, and has nothing to move to other periods."""
    async with ingesting(later(usage)):
        await until(lambda: _has_walked(usage), 60)
        yield


async def _has_walked(usage: Usage) -> bool:
    walked = await usage.db.fetchval(
        "select count(*) from layout_progress "
        "where catalog = (select max(revision) from catalog) "
        "and revision >= (select coalesce(max(revision), 0) from subscription)"
    )
    return bool(walked == 4)


async def _is_laid_out(usage: Usage) -> bool:
    return not await usage.db.fetchval(
        "select count(*) from layout_progress "
        "where revision < (select max(revision) from subscription)"
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_hours_and_what_waits_are_a_slow_count(
    usage: Usage, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Late events, corrections, duplicates, periods that move, more partitions, interrupted turns,
    processes that follow one another.
    """
    monkeypatch.setattr(hour_backlog, "ROUND_SECONDS", 3.0)
    monkeypatch.setattr(hour_backlog, "_REPLACE_SECONDS", 0.4)
    DICE.seed(seed)
    bodies: list[dict[str, Any]] = []
    grids: dict[str, Grid] = {}
    settings: Sequence[Usage] = (later(usage), usage, later(usage), later(usage), later(usage))
    waited = 0
    for number, one in enumerate(settings):
        async with ingesting(one, interrupted):
            if number == 3:
                await _add_partitions(usage)
            for _ in range(3):
                new = [_event(DICE.choice(ACCOUNTS)) for _ in range(50)]
                await usage.send(*new, *DICE.sample(bodies, min(len(bodies), 9)))
                bodies += new
                await _subscribe(usage, grids)
                await usage.settled()
                assert without_members(await usage.hours()) == hours_of(bodies)
                waited += not await _is_written(usage)
            await until(lambda: _is_laid_out(usage), 60)
    assert waited > 5
    async with ingesting(usage, interrupted):
        await until(lambda: _is_written(usage), 60)
    assert without_members(await usage.hours()) == hours_of(bodies)
    rows = await usage.db.fetch("select account, meter, period_start, used from usage_total")
    totals = {(row["account"], row["meter"], row["period_start"]): row["used"] for row in rows}
    assert totals == totals_of(bodies, grids)
    before = await usage.digest()
    async with ingesting(later(usage)):
        await usage.rewind_to_the_beginning()
        await usage.settled()
    assert await usage.digest() == before


async def test_where_there_is_little_to_count_hours_are_read_at_once(usage: Usage) -> None:
    """Ten events a second are no load."""
    async with ingesting(usage):
        for number in range(1, 21):
            await usage.send(event("a", "api.request", NOW))
            await usage.settled()
            hour = int(NOW.timestamp()) // 3600
            row = await usage.db.fetchval(f"select h{hour % 24:02} from usage_day")
            assert (row, await _is_written(usage)) == (number, True)


@pytest.mark.parametrize(("fewest", "waits"), [(0, True), (1, False)])
async def test_while_turns_are_full_hours_of_many_accounts_wait_and_then_they_are_written(
    usage: Usage, monkeypatch: pytest.MonkeyPatch, fewest: int, waits: bool
) -> None:
    """More events than the first turn takes; no account that is in memory."""
    monkeypatch.setattr(handler, "FEWEST_ACCOUNTS", fewest)
    await usage.send(*(event("a", "api.request", NOW) for _ in range(1_500)))
    async with ingesting(usage):
        await usage.settled()
        await until(lambda: _is_written(usage), 60)
    assert await usage.db.fetchval("select is_called from usage_hour_log_id_seq") is waits
    assert list((await usage.hours()).values()) == [1_500]


async def test_meters_with_rates_and_gauges_do_not_wait(usage: Usage) -> None:
    rates = """insert into due (account, purpose, at, payload)
        values ('', 'rates', now(), '{"meters": ["traffic"]}')"""
    await usage.db.execute(rates)
    async with writing_later(usage):
        await usage.send(
            event("a", "api.request", NOW),
            event("a", "traffic", NOW, {"bytes": 5}),
            event("a", "seat.changed", NOW, {"delta": 1}),
            event("a", "api.request", NOW - timedelta(hours=9)),
        )
        await usage.settled()
        rows = await usage.db.fetch("select meter, to_jsonb(d)::text as hours from usage_day d")
    assert {row["meter"] for row in rows} == {"traffic", "peak", "seats", "api_calls"}
    assert sum((await usage.hours()).values()) == 2 + 5 + 5 + 1
    assert not await _is_written(usage)


async def test_a_meter_that_is_counted_otherwise_has_its_hours_written_first(usage: Usage) -> None:
    """Else the sum so far would be added to the value that was measured later."""
    await usage.apply_catalog(METERS | {"disk": METERS["disk"] | {"aggregation": "sum"}})
    async with writing_later(usage):
        await usage.send(event("a", "disk.measured", NOW, {"bytes": 5}))
        await usage.settled()
        assert not await _is_written(usage)
        await usage.apply_again(1)
        await usage.send(event("a", "disk.measured", NOW + timedelta(seconds=1), {"bytes": 3}))
        await usage.settled()
    assert list((await usage.hours()).values()) == [3]


async def test_an_erased_account_is_taken_out_of_the_log_and_out_of_memory(usage: Usage) -> None:
    async with writing_later(usage):
        await usage.send(*(event(account, "api.request", NOW) for account in ("a", "b", "ab")))
        await usage.settled()
        assert usage.settings.database_url is not None
        engine = create_engine(usage.settings.database_url, name="test")
        async with transaction(engine) as conn:
            assert await hour_log.drop_account(conn, "a") == 1
        async with transaction(engine) as conn:
            assert await hour_log.drop_account(conn, "a") == 0
        await engine.dispose()
        await usage.send(*(event(account, "api.request", NOW) for account in ("b", "ab")))
        await usage.settled()
    async with ingesting(usage):
        await until(lambda: _is_written(usage), 60)
    assert {hour[0]: used for hour, used in (await usage.hours()).items()} == {"b": 2, "ab": 2}


async def test_doctor_compares_hours_and_what_waits_with_totals(usage: Usage) -> None:
    for account in "ab":
        await usage.subscribe(account, NOW - timedelta(days=3))
    url = usage.settings.database_url
    assert url is not None
    async with writing_later(usage):
        await usage.send(*(event(account, "api.request", NOW) for account in "ab"))
        await usage.send(event("a", "traffic", NOW, {"bytes": 5}))
        await usage.settled()
        assert not await _is_written(usage)
        (found,) = await hours.check(url)
        assert (found.remedy, "those of 2 accounts" in found.what) == (None, True)
        assert "behind" in found.what
    async with ingesting(usage):
        await until(lambda: _is_written(usage), 60)
    (found,) = await hours.check(url)
    assert found.what == "all are written; those of 2 accounts are their totals"
    await usage.db.execute("delete from usage_day where account = 'a' and meter = 'traffic'")
    await usage.db.execute("update usage_total set used = used + 1 where meter = 'api_calls'")
    (found,) = await hours.check(url)
    assert found.what == "of a api_calls they are 1, the total is 2, and 1 more differ"
    assert found.remedy is not None
