"""What is stored about an account, as judgement reads it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from services.trigger.dossier.memory import Memory, SignalRow, TotalRow, running
from services.trigger.dossier.meter_usage import Totals
from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.gates.guardrails import Play
from services.trigger.proposals.changes import Open
from shared.catalog.types import Guardrails

SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = (
    datetime(2026, month, 1, tzinfo=UTC) for month in (9, 10, 11, 12)
)
TICK = timedelta(microseconds=1)


def total(used: int, start: datetime, end: datetime | None, meter: str = "calls") -> TotalRow:
    return TotalRow(meter, start, end, Decimal(used))


def test_the_running_period_knows_the_one_just_before_it() -> None:
    rows = [total(70, OCTOBER, NOVEMBER), total(90, NOVEMBER, DECEMBER)]
    assert running(rows, NOVEMBER + TICK) == {
        "calls": Totals(Decimal(90), NOVEMBER, DECEMBER, Decimal(70))
    }


@pytest.mark.parametrize(
    ("now", "used"),
    [(OCTOBER, 70), (NOVEMBER - TICK, 70), (NOVEMBER, 90), (DECEMBER - TICK, 90), (DECEMBER, None)],
)
def test_a_period_runs_from_its_start_until_before_its_end(now: datetime, used: int | None) -> None:
    rows = [total(70, OCTOBER, NOVEMBER), total(90, NOVEMBER, DECEMBER)]
    found = running(rows, now)
    assert [one.used for one in found.values()] == ([] if used is None else [used])


def test_a_period_that_is_not_adjacent_is_not_the_previous_one() -> None:
    rows = [total(70, SEPTEMBER, OCTOBER), total(90, NOVEMBER, DECEMBER)]
    assert running(rows, NOVEMBER)["calls"].before is None


def test_each_meter_has_its_own_past_and_a_gauge_has_none() -> None:
    rows = [
        total(70, OCTOBER, NOVEMBER, "other"),
        total(90, NOVEMBER, DECEMBER),
        total(-3, datetime(1970, 1, 1, tzinfo=UTC), None, "seats"),
    ]
    assert running(rows, NOVEMBER) == {
        "calls": Totals(Decimal(90), NOVEMBER, DECEMBER, None),
        "seats": Totals(Decimal(-3), None, None, None),
    }


def test_of_nothing_stored_nothing_is_known() -> None:
    assert (Memory().opened("a"), Memory().running(NOVEMBER)) == ((), {})
    assert Memory().paused(Guardrails()) == frozenset()


def test_a_stored_signal_keeps_what_it_knows() -> None:
    row = SignalRow("usage_limit", "calls", NOVEMBER, DECEMBER, {"threshold": 90}, True, "a90")
    assert Memory(signals=[row]).opened("acct-1") == (
        Open(
            "acct-1",
            Signal("usage_limit", NOVEMBER, "calls", DECEMBER, {"threshold": 90}),
            acted=True,
            alert="a90",
        ),
    )


def test_plays_over_the_allowed_share_are_paused() -> None:
    """One complaint in a hundred proposals is allowed, two are not; in 99 none is counted."""
    plays = [Play("just", 100, 1), Play("over", 100, 2), Play("few", 99, 99)]
    assert Memory(plays=plays).paused(Guardrails()) == {"over"}
