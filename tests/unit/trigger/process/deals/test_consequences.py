"""What follows by itself once an entry stands."""

from services.trigger.process.deals.consequences import by_verdict
from services.trigger.process.log import append
from services.trigger.process.log.entries import SUBSCRIPTION, Draft
from tests.unit.trigger.process.cases import ask, context, deal

OPEN, READY = context(), context(qualified=True)


def test_the_last_line_that_is_won_wins_the_deal() -> None:
    (line,) = deal("proposal").lines
    won = {**line.stored(), "state": "won", "won_at": "2025-10-01T00:00:00Z"}
    found = append.written(deal("proposal"), [Draft("line", won)], SUBSCRIPTION, OPEN)
    assert [one.type for one in found.entries][:2] == ["line", "move"]
    assert (found.state.stage, found.state.owner.role) == ("closed_won", "cs")


def test_the_verdict_sets_only_early_stages_that_no_person_set() -> None:
    assert by_verdict(deal("identified"), READY) == "qualified"
    assert by_verdict(deal("engaged"), READY) is None
    assert by_verdict(deal(role="self_serve", owner=None), READY) is None
    by_hand = ask(deal(), {"type": "move", "to": "nurture"}, OPEN)
    assert isinstance(by_hand, append.Appended)
    assert by_verdict(by_hand.state, READY) is None


def test_what_a_person_notes_asks_the_verdict_anew() -> None:
    note = ask(deal(), {"type": "note", "text": "x"}, OPEN)
    assert isinstance(note, append.Appended)
    assert [one.type for one in note.entries] == ["note", "move"]
    assert note.state.stage == "needs_discovery"
