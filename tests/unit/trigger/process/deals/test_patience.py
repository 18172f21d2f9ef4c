"""A deal that nobody answers waits for so long, and no longer."""

from datetime import timedelta

from services.trigger.process.deals import patience
from tests.support.stories import NOW
from tests.unit.trigger.process.cases import deal

SILENT = NOW + timedelta(days=90)


def test_a_self_serve_deal_is_lost_ninety_days_after_its_last_cause() -> None:
    alone = deal("proposal", "self_serve", None)
    (timer,) = patience.timers(alone, alone.entries)
    assert (timer.name, timer.at) == (patience.SILENCE, SILENT)
    (lost,) = patience.over(alone, patience.SILENCE, SILENT)
    assert (lost.body["to"], lost.body["reason"]) == ("closed_lost", "no_response")
    assert patience.over(alone, patience.SILENCE, SILENT - timedelta(seconds=1)) == []
    theirs = deal("identified")
    assert patience.timers(theirs, theirs.entries) == []
    assert patience.over(theirs, patience.SILENCE, SILENT) == []
