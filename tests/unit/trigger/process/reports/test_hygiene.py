"""What is left undone, and since when."""

from dataclasses import replace
from datetime import date, timedelta

from services.trigger.process.deals.flags import Head
from services.trigger.process.reports.hygiene import Deal, Finding, lacks, report
from tests.unit.trigger.process.reports.asked import NOW, question

DAY = timedelta(days=1)
HEAD = Head("engaged", NOW - 8 * DAY, "cs", "u7", None, False, False, False)


def test_seven_days_without_a_next_step() -> None:
    (found,) = lacks(Deal("o1", "a", "UTC", HEAD, {}), NOW)
    assert (found.flag, found.since) == ("no_next_step", NOW - DAY)
    waits = replace(HEAD, next_due=(NOW - 2 * DAY).date())
    assert list(lacks(Deal("o1", "a", "UTC", waits, {}), NOW)) == []
    assert waits.next_due == date(2025, 11, 29)


def test_since_it_last_happened() -> None:
    head = replace(HEAD, stage_since=NOW, proposal_expired=True, owner=None)
    found = list(lacks(Deal("o1", "a", "UTC", head, {"proposal_expired": NOW - DAY}), NOW))
    assert [(one.flag, one.since) for one in found] == [
        ("unowned", NOW),
        ("proposal_expired", NOW - DAY),
    ]


def test_the_oldest_first() -> None:
    findings = [
        Finding("task", "t1", "a", None, "overdue", NOW),
        Finding("task", "t2", "a", None, "overdue", NOW - DAY),
        Finding("opportunity", "o1", "a", None, "unowned", None),
    ]
    rows = report(findings, question()).rows
    assert [row["id"] for row in rows] == ["o1", "t2", "t1"]
