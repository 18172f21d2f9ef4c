"""What an open deal lacks or waits for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from services.trigger.process.deals.flags import Head, flags, patient_since

NOW = datetime(2025, 9, 16, tzinfo=UTC)
SINCE = NOW - timedelta(days=7)
HEAD = Head("engaged", SINCE, "cs", "u7", None, False, False, False)


def test_seven_days_without_a_next_step() -> None:
    assert flags(HEAD, NOW, "UTC") == ["no_next_step"]
    assert flags(HEAD, NOW - timedelta(microseconds=1), "UTC") == []
    assert flags(replace(HEAD, stage="qualified"), NOW, "UTC") == []


def test_the_later_of_stage_and_due_day_counts_there() -> None:
    due = replace(HEAD, next_due=date(2025, 9, 12))
    assert patient_since(due, "Asia/Tokyo") == datetime(2025, 9, 11, 15, tzinfo=UTC)
    early = replace(HEAD, next_due=date(2025, 9, 1))
    assert patient_since(early, "UTC") == SINCE


def test_nobodys_self_serve_deal_is_not_unowned() -> None:
    nobody = replace(HEAD, stage="identified", owner=None)
    assert flags(nobody, NOW, "UTC") == ["unowned"]
    assert flags(replace(nobody, role="self_serve"), NOW, "UTC") == []


def test_a_closed_deal_lacks_nothing() -> None:
    all_ = replace(HEAD, proposal_expired=True, handoff_waiting=True, needs_quote=True)
    assert len(flags(all_, NOW, "UTC")) == 4
    assert flags(replace(all_, stage="closed_lost"), NOW, "UTC") == []
