"""A failure that belongs to one account sets that account aside, in every lane of the loop, and
affects no other.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from shared.kafka.probe import KafkaProbe
from shared.kafka.records import Record
from shared.loop import parked_rows
from shared.loop.isolation import Failure, Isolation
from shared.loop.rewind import rewind
from shared.loop.turn import TooMuch, Turn
from shared.messages import ACCOUNT_EVENTS, MESSAGES, USAGE_EVENTS, USAGE_TOTALS
from shared.postgres.database import create_engine, transaction
from shared.runtime.settings import Settings
from shared.telemetry import metrics
from tests.support.loops import Counting, counted, engine_of, prepare, produce, rows, running, until

PARKED = "select account, lane, part, reason from parked where kind = 'parked' order by account"


@pytest.fixture(autouse=True)
async def _prepared(settings: Settings) -> None:
    await prepare(settings)


@dataclass
class Told(Counting):
    """Knows which account failed, like handlers that process one account after the other. `order`:
    what it has applied, per key.
    """

    order: dict[str, list[bytes]] = field(default_factory=dict)
    share: int = 0
    turns: list[dict[str, int]] = field(default_factory=list)

    @property
    def shares(self) -> Mapping[str, int]:
        return {topic: self.share for topic in self.topics} if self.share else {}

    async def apply(self, turn: Turn) -> None:
        isolation = Isolation()
        seen: list[Record] = []
        for records in turn.records.values():
            for record in records:
                with isolation.of((record.key or b"").decode(), "thresholds"):
                    if (record.value or b"").startswith(b"named") and not self.mended:
                        raise OverflowError("a date beyond the year 9999")
                seen.append(record)
        isolation.check()
        await super().apply(turn)
        turn.after_commit(lambda: self._taken(seen))

    def _taken(self, seen: list[Record]) -> None:
        numbers: dict[str, int] = {}
        for record in seen:
            key = (record.key or b"").decode()
            self.order.setdefault(key, []).append(record.value or b"")
            numbers[key] = numbers.get(key, 0) + 1
        self.turns.append(numbers)


def gauge(service: str) -> float | None:
    return metrics.REGISTRY.get_sample_value("plimsoll_parked_accounts", {"service": service})


async def _is(settings: Settings, expected: dict[str, int]) -> bool:
    return await counted(settings) == expected


@pytest.mark.parametrize("topic", [USAGE_EVENTS, USAGE_TOTALS, ACCOUNT_EVENTS, MESSAGES])
@pytest.mark.parametrize(
    ("defect", "part", "reason"),
    [
        (b"named", "thresholds", "error: OverflowError"),
        (b"bug", "handling", "error: KeyError"),
        (b"typo", "handling", "error: refused by the database (42703)"),
    ],
)
async def test_an_account_that_trips_a_defect_is_parked_and_goes_on_in_order(
    settings: Settings, topic: str, defect: bytes, part: str, reason: str
) -> None:
    """All others in its partition continue immediately, later records of the account wait behind
    the first, and nothing is lost or done twice.
    """
    handler = Told(service="notifier", topics=(topic,))
    records = [
        (f"a{number % 5}", defect if number == 7 else b"%03d" % number) for number in range(50)
    ]
    others = {f"a{number}": 10 for number in (0, 1, 3, 4)}
    async with running(settings, handler) as loop:
        await produce(settings, records, topic, partition=0)
        await until(lambda: _is(settings, others | ({"a2": 1} if part == "handling" else {})))
        [(account, lane, told, why)] = await rows(settings, PARKED)
        assert (account, lane, told) == ("a2", topic, part)
        assert why == reason
        assert loop.loop.fault() is None
        await until(lambda: gauge("notifier") == 1)
        await produce(settings, [("a2", b"late"), ("a0", b"late")], topic, partition=0)
        await until(
            lambda: _is(settings, {**others, "a0": 11} | ({"a2": 1} if part == "handling" else {}))
        )
        handler.mended = True
        await until(lambda: _is(settings, {**others, "a0": 11, "a2": 11}))
        await until(lambda: gauge("notifier") == 0)
    assert handler.order["a2"] == [
        value for key, value in [*records, ("a2", b"late")] if key == "a2"
    ]
    assert (
        await rows(
            settings,
            "select 1 from parked union all select 1 from parked_record "
            "union all select 1 from event_rejected",
        )
        == []
    )


async def test_thousands_of_accounts_with_one_fault_cost_one_turn_more_and_one_line_of_log(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    handler = Told(service="trigger", topics=(USAGE_TOTALS,))
    bad = [(f"bad{number}", b"named") for number in range(2000)]
    async with running(settings, handler):
        await produce(
            settings,
            [*bad, *((f"good{number}", b"x") for number in range(100))],
            USAGE_TOTALS,
            partition=1,
        )
        await until(lambda: _is(settings, {f"good{number}": 1 for number in range(100)}), 10)
        turns = len(handler.batches)
        await until(lambda: gauge("trigger") == 2000)
        handler.mended = True
        await until(lambda: _none(settings), 20)
    assert turns < 30
    assert len(await counted(settings)) == 2100
    lines = [record for record in caplog.records if "account_parked" in str(record.msg)]
    assert 1 <= len(lines) <= 3


async def _none(settings: Settings) -> bool:
    return await rows(settings, "select count(*) from parked") == [(0,)]


async def test_a_replay_of_what_waits_neither_loses_nor_repeats_it(settings: Settings) -> None:
    handler = Told(service="trigger", topics=(USAGE_TOTALS,))
    await produce(
        settings,
        [("a", b"named"), ("b", b"1"), ("a", b"2"), ("b", b"3")],
        USAGE_TOTALS,
        partition=1,
    )
    engine, probe = engine_of(settings), KafkaProbe(settings)
    async with running(settings, handler):
        await until(lambda: _is(settings, {"b": 2}))
        await rewind(engine, probe, "trigger", None)
        await until(lambda: handler.replayed >= 2)
        assert await rows(settings, "select count(*) from parked_record where not is_replay") == [
            (2,)
        ]
        handler.mended = True
        await until(lambda: _is(settings, {"a": 2, "b": 2}))
        await until(lambda: _none(settings))
        await rewind(engine, probe, "trigger", None)
        await until(lambda: handler.replayed >= 6)
    await probe.close()
    await engine.dispose()
    assert await counted(settings) == {"a": 2, "b": 2}


async def test_what_is_parked_outlives_the_process_and_a_second_member_takes_it_over(
    settings: Settings,
) -> None:
    first = Told(service="trigger", topics=(USAGE_TOTALS,))
    await produce(settings, [("a", b"named"), ("a", b"2"), ("b", b"3")], USAGE_TOTALS, partition=2)
    async with running(settings, first):
        await until(lambda: _is(settings, {"b": 1}))
    second = Told(service="trigger", topics=(USAGE_TOTALS,), mended=True)
    async with running(settings, second):
        await until(lambda: _is(settings, {"a": 2, "b": 1}))
    assert second.order["a"] == [b"named", b"2"]


async def test_one_account_with_ten_thousand_records_lets_the_others_pass(
    settings: Settings,
) -> None:
    """It gets its share of each turn, in order, and the rest waits while others overtake it."""
    handler = Told(service="trigger", topics=(ACCOUNT_EVENTS,), share=50)
    flood = [("big", b"%05d" % number) for number in range(3000)]
    await produce(
        settings,
        [*flood, *((f"small{number}", b"x") for number in range(20))],
        ACCOUNT_EVENTS,
        partition=3,
    )
    async with running(settings, handler) as loop:
        await until(
            lambda: _is(settings, {"big": 3000} | {f"small{number}": 1 for number in range(20)})
        )
        assert loop.loop.fault() is None
    assert handler.order["big"] == [value for _, value in flood]
    passed = next(index for index, turn in enumerate(handler.turns) if "small19" in turn)
    assert sum(turn.get("big", 0) for turn in handler.turns[: passed + 1]) < 3000
    assert max(turn.get("big", 0) for turn in handler.turns) <= 200


@dataclass
class Sparing(Told):
    """Accepts at most four records in a turn, as ingest does if it would have to read too many
    keys.
    """

    async def apply(self, turn: Turn) -> None:
        size = sum(map(len, turn.records.values()))
        if size > 4:
            raise TooMuch({next(iter(turn.records)): 4})
        await super().apply(turn)


async def test_accounts_that_recover_together_are_split_into_turns_that_the_handler_accepts(
    settings: Settings,
) -> None:
    handler = Sparing(service="trigger", topics=(USAGE_TOTALS,))
    records = [(f"a{number % 8}", b"named%d" % number) for number in range(80)]
    async with running(settings, handler):
        await produce(settings, records, USAGE_TOTALS, partition=1)
        await until(lambda: gauge("trigger") == 8)
        handler.mended = True
        await until(lambda: _is(settings, {f"a{number}": 10 for number in range(8)}), 30)
        await until(lambda: _none(settings))
    assert handler.order["a3"] == [value for key, value in records if key == "a3"]


async def test_replays_that_wait_stay_replays_in_whatever_order_they_were_kept(
    settings: Settings,
) -> None:
    """After two rewinds they may be stored out of order: the later offset first."""
    now = datetime.now(UTC)
    waiting = [Record(USAGE_TOTALS, 1, offset, 0, b"a", b"x") for offset in (80, 50)]
    engine = engine_of(settings)
    async with transaction(engine) as conn:
        await parked_rows.park(
            conn, "trigger", {("a", USAGE_TOTALS): Failure("thresholds", OverflowError())}, now
        )
        await parked_rows.keep(
            conn, "trigger", [(("a", USAGE_TOTALS), record, True) for record in waiting]
        )
    await engine.dispose()
    handler = Told(service="trigger", topics=(USAGE_TOTALS,))
    async with running(settings, handler):
        await until(lambda: _none(settings))
    assert handler.replayed == 2
    assert await counted(settings) == {}


async def test_a_failure_is_told_when_it_was_written_down(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """A record that is rejected on the way commits a separate turn, in which nobody is set
    aside.
    """
    handler = Told(service="notifier", topics=(USAGE_TOTALS,))
    before = _parkings("notifier")
    async with running(settings, handler):
        await produce(
            settings,
            [("b", b"poison"), ("c", b"1"), ("a", b"named"), ("a", b"2")],
            USAGE_TOTALS,
            partition=0,
        )
        await until(lambda: gauge("notifier") == 1)
        await until(lambda: _is(settings, {"c": 1}))
    assert await rows(settings, PARKED) == [
        ("a", USAGE_TOTALS, "thresholds", "error: OverflowError")
    ]
    assert (
        _parkings("notifier") - before
        == (await rows(settings, "select sum(attempts) from parked"))[0][0]
    )


def _parkings(service: str) -> float:
    return (
        metrics.REGISTRY.get_sample_value(
            "plimsoll_parkings_total", {"service": service, "part": "thresholds"}
        )
        or 0.0
    )


async def test_a_record_that_ends_turn_after_turn_is_read_alone_and_stepped_over(
    settings: Settings,
) -> None:
    """Its neighbours are counted; PostgreSQL ends the statement each time, which looks like an
    unavailable database.
    """
    assert settings.database_url is not None
    engine = create_engine(settings.database_url, name="test", statement_seconds=1)
    records = [(f"k{number}", b"slow" if number == 30 else b"x") for number in range(60)]
    async with running(settings, Slow(), engine=engine):
        await produce(settings, records, USAGE_EVENTS, partition=0)
        await until(lambda: _sum_is(settings, 59), 40)
        await until(lambda: _rejected(settings, [(30, "broke its turn: 57014")]))


class Slow(Counting):
    async def apply(self, turn: Turn) -> None:
        if any(record.value == b"slow" for records in turn.records.values() for record in records):
            await turn.conn.execute(text("select pg_sleep(3)"))
        await super().apply(turn)


async def _sum_is(settings: Settings, number: int) -> bool:
    await asyncio.sleep(0.05)
    return sum((await counted(settings)).values()) == number


async def _rejected(settings: Settings, expected: list[tuple[int, str]]) -> bool:
    return await rows(settings, 'select "offset", reason from event_rejected') == expected
