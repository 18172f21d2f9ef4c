"""Large records are parsed before the transaction, and the result is used in it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka.structs import ConsumerRecord

from services.ingest.accounts import Accounts
from services.ingest.intake import Rules, read_ahead, take_in
from services.ingest.rosters import Roster
from shared.events import Unusable, unusable
from tests.support.malformed import MALFORMED, event


def record(offset: int, value: bytes | None) -> ConsumerRecord[Any, Any]:
    return ConsumerRecord(
        "usage.events", 3, offset, 0, 0, b"acct-1", value, None, 0, len(value or b""), ()
    )


def rules(**more: Any) -> Rules:
    return Rules(
        {}, datetime.now(UTC), timedelta(days=35), None, b"secret", Accounts(), Roster(), **more
    )


def test_only_large_records_are_read_ahead() -> None:
    records = [
        record(offset, malformed.make(64_000))
        for offset, malformed in enumerate(MALFORMED.values())
    ]
    small = [record(100, event(b"1")), record(101, None), record(102, b"")]
    found = read_ahead([*records, *small])
    assert list(found) == [(3, offset) for offset in range(len(records))]
    assert all(isinstance(one, Unusable) for one in found.values())


def test_what_was_read_ahead_is_not_read_again() -> None:
    good = record(7, event(b"1"))
    assert take_in([good], 3, rules(read={(3, 7): unusable("", "code: read before")})).rejected == [
        (good, "code: read before")
    ]
    assert [
        reason.partition(":")[0] for _, reason in take_in([record(8, b"{")], 3, rules()).rejected
    ] == ["json"]
