"""Partitions as chosen by producers, and a cache of accounts that does not grow."""

from datetime import UTC, datetime

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.accounts import Account, Accounts, partition_of
from services.ingest.calendars import BUCKET_SECONDS, Calendar, bucket_of, bucket_start, hour_start
from shared.values.periods import Grid, Reset


@given(st.text(min_size=1).filter(lambda text: text.isprintable()), st.integers(1, 50))
def test_a_partition_is_where_aiokafka_puts_the_key(account: str, partitions: int) -> None:
    everywhere = list(range(partitions))
    assert partition_of(account, partitions) == DefaultPartitioner()(
        account.encode(), everywhere, everywhere
    )


@pytest.mark.parametrize(
    ("account", "murmur2"),
    [("21", -973932308), ("foobar", -790332482), ("a-little-bit-long-string", -985981536)],
)
def test_a_partition_is_where_java_puts_the_key(account: str, murmur2: int) -> None:
    """The hashes are from Kafka's own tests."""
    assert partition_of(account, 1_000) == (murmur2 & 0x7FFFFFFF) % 1_000


def test_accounts_are_forgotten_from_the_oldest_on() -> None:
    accounts = Accounts(most=4)
    accounts.spread_over(4)
    for number in range(5):
        accounts[str(number)].learn(None)
    accounts.trim()
    assert list(accounts) == ["2", "3", "4"]
    accounts.forget_calendars(["3", "unknown"])
    assert [account.grid is None for account in accounts.values()] == [False, True, False]
    accounts.forget_calendars()
    assert all(account.grid is None for account in accounts.values())
    accounts.spread_over(4)
    assert len(accounts) == 3
    accounts.spread_over(8)
    assert not accounts


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_a_time_is_in_its_bucket(moment: datetime) -> None:
    start = bucket_start(bucket_of(moment))
    assert 0 <= (moment - start).total_seconds() < BUCKET_SECONDS
    assert hour_start(int(moment.timestamp()) // 3600) == moment.replace(
        minute=0, second=0, microsecond=0
    )


def test_an_account_turns_to_the_period_it_is_asked_for() -> None:
    account = Account("a", 0)
    account.learn(Grid(datetime(2026, 1, 31, tzinfo=UTC), "month", "UTC"))
    february = datetime(2026, 2, 1, tzinfo=UTC)
    assert turned(account, "period", february) == (
        datetime(2026, 1, 31, tzinfo=UTC),
        datetime(2026, 2, 28, tzinfo=UTC),
    )
    assert turned(account, "month", february) == turned(account, "period", february)
    assert turned(account, "year", february) == (
        datetime(2026, 1, 31, tzinfo=UTC),
        datetime(2027, 1, 31, tzinfo=UTC),
    )
    assert turned(account, "week", february) == (
        datetime(2026, 1, 31, tzinfo=UTC),
        datetime(2026, 2, 7, tzinfo=UTC),
    )
    assert account.window("week") is account.window("week")
    assert account.subscribed
    account.learn(None)
    assert turned(account, "period", february) == (february, datetime(2026, 3, 1, tzinfo=UTC))
    assert turned(account, "week", february) == (
        datetime(2026, 1, 26, tzinfo=UTC),
        datetime(2026, 2, 2, tzinfo=UTC),
    )  # Mondays
    assert not account.subscribed


def turned(account: Account, reset: Reset, moment: datetime) -> tuple[datetime, datetime]:
    window = account.window(reset)
    window.turn_to(moment)
    return window.start, window.end


def test_a_calendar_asks_for_each_period_once_while_it_lasts() -> None:
    calendar = Calendar(Grid(datetime(2026, 1, 31, tzinfo=UTC), "month", "UTC"), "period")
    january, february = (
        calendar.period(datetime(2026, 2, 1, tzinfo=UTC)),
        calendar.period(datetime(2026, 2, 28, tzinfo=UTC)),
    )
    assert january.end == february.start == datetime(2026, 2, 28, tzinfo=UTC)
    assert calendar.period(datetime(2026, 3, 1, tzinfo=UTC)) is february
