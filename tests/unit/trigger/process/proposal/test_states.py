"""What becomes of a proposal."""

from datetime import timedelta

import pytest

from services.trigger.process.deals import patience, view
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log import append
from services.trigger.process.log.append import Appended
from services.trigger.process.log.entries import ANSWER, TIMER, Refused, TimerSet
from services.trigger.process.proposal import states
from services.trigger.process.proposal.states import OPEN, State
from tests.support.stories import NOW
from tests.unit.trigger.process.cases import ask
from tests.unit.trigger.process.proposal.offering import proposed, ready, seen

EXPIRES = NOW + timedelta(days=30)


def of(state: Opportunity) -> list[str]:
    return [one["state"] for one in states.proposals(state)]


def become(state: Opportunity, to: State) -> Opportunity:
    newest = states.newest(state)
    assert newest is not None
    drafts = states.changed(state, newest["id"], to, ANSWER)
    return append.noted(state, drafts, ANSWER, NOW).state


def test_a_new_one_takes_the_place_of_the_one_before() -> None:
    first = proposed(ready(), seen())
    assert [(one.type, one.by.kind) for one in first.entries] == [
        ("propose", "person"),
        ("move", "person"),
        ("proposal", "plimsoll"),
    ]
    second = proposed(first.state, seen())
    assert [one.type for one in second.entries] == ["propose", "proposal", "proposal"]
    assert of(second.state) == ["superseded", "sent"]
    (timer,) = patience.timers(second.state, second.entries)
    assert timer == TimerSet(patience.ANSWER, EXPIRES)


def test_it_shows_what_was_sent_and_nothing_else() -> None:
    found = proposed(ready(), seen(), contacts=["c1"])
    (shown,) = view.shown(found.state, seen())["proposals"]
    assert shown == {
        "id": found.entries[0].body["proposal"],
        "at": "2025-09-16T00:00:00Z",
        "channel": "person",
        "plan": "enterprise",
        "year": "75000.00",
        "state": "sent",
        "expires_at": "2025-10-16T00:00:00Z",
        "contacts": ["c1"],
        "angle": None,
    }


def test_nobody_answers_for_thirty_days() -> None:
    state = proposed(ready(), seen()).state
    early = EXPIRES - timedelta(seconds=1)
    assert patience.over(state, patience.ANSWER, early) == []
    (draft,) = patience.over(state, patience.ANSWER, EXPIRES)
    assert (draft.body["state"], draft.by) == ("expired", TIMER)
    late = append.noted(state, [draft], TIMER, EXPIRES).state
    assert view.head(late).proposal_expired
    assert late.stage == "proposal", "the deal stays"
    assert patience.over(late, patience.ANSWER, EXPIRES) == []
    anew = proposed(late, seen()).state
    assert of(anew) == ["expired", "sent"]
    assert not view.head(anew).proposal_expired


@pytest.mark.parametrize("to", ["accepted", "declined", "withdrawn"])
def test_what_is_answered_does_not_expire(to: State) -> None:
    state = become(proposed(ready(), seen()).state, to)
    assert of(state) == [to]
    assert patience.over(state, patience.ANSWER, EXPIRES) == []
    assert of(proposed(state, seen()).state) == [to, "sent"]


def test_it_is_viewed_once_and_only_while_it_waits() -> None:
    state = become(proposed(ready(), seen()).state, "viewed")
    assert of(state) == ["viewed"]
    assert become(state, "viewed") == state
    declined = become(state, "declined")
    assert become(declined, "viewed") == declined
    assert of(become(declined, "accepted")) == ["accepted"], "they have thought again"


def test_an_unknown_one_changes_nothing() -> None:
    assert states.changed(ready(), "elsewhere", "viewed") == []


def test_a_person_takes_back_what_still_waits() -> None:
    found = proposed(ready(), seen())
    id = found.entries[0].body["proposal"]
    withdrawn = ask(found.state, {"type": "withdraw", "proposal": id}, seen(), "u7")
    assert isinstance(withdrawn, Appended)
    assert of(withdrawn.state) == ["withdrawn"]
    assert set(of(withdrawn.state)).isdisjoint(OPEN)
    again = ask(withdrawn.state, {"type": "withdraw", "proposal": id}, seen(), "u7")
    assert isinstance(again, Refused)
    assert again.faults[0].reason == "wrong_state: it is withdrawn"
    unknown = ask(found.state, {"type": "withdraw", "proposal": "x"}, seen(), "u7")
    assert isinstance(unknown, Refused)
    assert (unknown.status, unknown.faults[0].path) == (422, "/proposal")
