"""Whether Sales take what they are handed."""

from datetime import timedelta

from services.trigger.process.reports.handoffs import Request, report
from tests.unit.trigger.process.reports.asked import SINCE, question


def request(state: str, hours: int | None = None) -> Request:
    answered = None if hours is None else SINCE + timedelta(hours=hours)
    return Request(state, SINCE, answered)


def test_of_the_three_ends() -> None:
    asked = [
        request("accepted", 2),
        request("returned", 4),
        request("rejected", 12),
        request("timed_out"),
        request("requested"),
        request("withdrawn"),
    ]
    (row,) = report(asked, {}, question()).rows
    assert (row["requested"], row["accepted"], row["open"]) == (6, 2, 1)
    assert (row["acceptance_percent"], row["median_hours"]) == (50, 4)


def test_losses_are_counted_by_their_kind() -> None:
    lost = {"handoff_failure": 2, "price": 1, "budget": 4, "other": 3}
    found = report([], lost, question())
    assert found.totals["lost"] == {"handoff": 2, "objection": 1, "process": 4, "other": 3}
    assert [one.flag for one in found.flags] == ["handoff_over_objections"]
    assert report([], {"handoff_failure": 1, "timing": 1}, question()).flags == ()
