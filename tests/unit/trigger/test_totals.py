"""Records of usage.totals: what is accepted, and why the rest is not."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.ingest import wakeups
from services.ingest.tables.totals import Due
from services.ingest.wakeups import total_record
from services.trigger.totals import Counted, read_total
from shared.values.periods import NEVER, Grid, Interval, period_at
from tests.support.catalogs import catalog
from tests.support.strategies import INTERVALS, LAST, MOMENTS, TIME_ZONES, TOTALS, examples

GLOBAL = catalog("global")
COUNTER = next(meter.id for meter in GLOBAL.meters.values() if not meter.is_gauge)
GAUGE = next(meter.id for meter in GLOBAL.meters.values() if meter.is_gauge)
PERIOD = {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"}
TOTAL = {
    "account": "acct-42",
    "meter": COUNTER,
    "period": PERIOD,
    "used": 9600,
    "last_event_at": "2026-11-22T05:00:00Z",
    "revision": 7,
}


def read(**changes: Any) -> Counted | str:
    return read_total(msgspec.json.encode(TOTAL | changes), GLOBAL, is_ours=False)


def test_a_counter() -> None:
    found = read(epoch=2, extra="ignored")
    assert isinstance(found, Counted)
    assert found.place == ("acct-42", COUNTER, datetime(2026, 11, 1, tzinfo=UTC))
    assert (found.period_end, found.used, found.version) == (
        datetime(2026, 12, 1, tzinfo=UTC),
        Decimal(9600),
        (2, 7),
    )


def test_a_gauge() -> None:
    found = read(meter=GAUGE, period=None, used=msgspec.Raw(b"-2.000000001"), last_event_at=None)
    assert isinstance(found, Counted)
    assert (found.period_start, found.period_end, found.used) == (
        NEVER,
        None,
        Decimal("-2.000000001"),
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"account": ""}, "field: "),
        ({"account": "a\x00b"}, "id: "),
        ({"account": "x" * 257}, "field: "),
        ({"meter": "wings"}, "meter: the catalogue has no such meter"),
        ({"period": None}, "period: the meter resets"),
        ({"meter": GAUGE}, "period: the meter never resets"),
        (
            {"period": {"start": PERIOD["end"], "end": PERIOD["start"]}},
            "period: it ends before it starts",
        ),
        ({"period": {"start": "2026-11-01T00:00:00", "end": PERIOD["end"]}}, "zone: "),
        ({"last_event_at": "2026-11-01T00:00:00"}, "zone: "),
        ({"revision": -1}, "field: "),
        ({"revision": 2**63}, "field: "),
        ({"epoch": 1.5}, "field: "),
        ({"used": "9600"}, "number: "),
        ({"used": True}, "number: "),
        ({"used": None}, "number: "),
        ({"used": msgspec.Raw(b"1e999")}, "number: "),
        ({"used": msgspec.Raw(b"1" + b"0" * 18)}, "number: "),
        ({"used": msgspec.Raw(b"0.0000000001")}, "number: "),
        ({"used": msgspec.Raw(b"9" * 65)}, "number: "),
    ],
)
def test_what_is_refused(changes: dict[str, Any], reason: str) -> None:
    found = read(**changes)
    assert isinstance(found, str)
    assert found.startswith(reason), found


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "tombstone: "),
        (b"", "json: "),
        (b"{", "json: "),
        (b"\xff", "json: "),
        (b"[]", "field: "),
        (b" " * 70_000, "size: "),
    ],
)
def test_invalid_totals(value: bytes | None, reason: str) -> None:
    found = read_total(value, GLOBAL, is_ours=False)
    assert isinstance(found, str)
    assert found.startswith(reason), found


def test_before_any_catalogue_there_is_no_meter() -> None:
    found = read_total(msgspec.json.encode(TOTAL), None, is_ours=False)
    assert isinstance(found, str)
    assert found.startswith("meter: ")


def test_what_our_ingest_has_counted_needs_no_catalogue() -> None:
    """Ingest checked it, and the meter may have been removed since: its alerts are then closed."""
    assert isinstance(read_total(msgspec.json.encode(TOTAL), None, is_ours=True), Counted)


@given(
    TOTALS,
    MOMENTS,
    INTERVALS,
    TIME_ZONES,
    st.one_of(st.integers(-1, 2**63 - 1), st.integers(0, 10**15)),
)
@example(Decimal(10**18), LAST, "year", "UTC", 32_503_680_000_000)
@examples(150)
def test_whatever_our_ingest_counts_is_a_total(
    used: Decimal, time: datetime, interval: Interval, zone: str, received_ms: int
) -> None:
    """Sums are larger than single events, periods extend beyond the years of events, and a
    producer's clock may show anything.
    """
    period = period_at(Grid(time, interval, zone), time)
    for start, end, meter in ((period.start, period.end, COUNTER), (NEVER, None, GAUGE)):
        due = Due(("acct-42", meter, start), end, used, time, 7, 1)
        found = read_total(total_record(due, wakeups._moment(received_ms)), GLOBAL, is_ours=True)
        assert isinstance(found, Counted), found
        assert (found.used, found.period_start, found.period_end) == (used, start, end)
