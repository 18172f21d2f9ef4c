"""What follows from a hand-off: tasks, timers, the first contact, and the way back."""

from typing import Any

import pytest

from services.trigger.process.deals import view
from services.trigger.process.handoff import course
from services.trigger.process.log.entries import (
    Draft,
    Effect,
    TaskEnded,
    TaskOpened,
    TimerDropped,
    TimerSet,
)
from services.trigger.process.stages import accepted_handoff
from tests.unit.trigger.process.handoff.cases import (
    ACCEPT,
    REQUEST,
    appended,
    done,
    later,
    ready,
    seen,
    written,
)


def opened(effects: tuple[Effect, ...]) -> list[tuple[str, str | None]]:
    return [(one.reason, one.owner) for one in effects if isinstance(one, TaskOpened)]


def ended(effects: tuple[Effect, ...]) -> list[tuple[str, str]]:
    return [(one.reason, one.outcome) for one in effects if isinstance(one, TaskEnded)]


def test_a_request_waits_two_business_days_where_the_asked_one_is() -> None:
    found = appended(ready(), REQUEST)
    (timer,) = (one for one in found.effects if isinstance(one, TimerSet))
    assert (timer.name, timer.at.isoformat()) == ("deal_handoff", "2025-09-18T00:00:00+00:00")
    assert opened(found.effects) == [("handoff", "s1")]
    assert ended(found.effects) == [("handoff_due", "success"), ("handoff_returned", "success")]
    assert view.head(found.state).handoff_waiting


def test_who_follows_the_asked_one_answers_in_the_same_time() -> None:
    asked = done(ready(), REQUEST)
    assert course.passed_on(asked, "m1", "m2") == [], "somebody else is asked"
    assert course.passed_on(ready(), "s1", "m1") == []
    assert course.passed_on(done(asked, ACCEPT, "s1"), "s1", "m1") == []
    found = written(asked, course.passed_on(asked, "s1", "m1"), seen())
    assert (found.effects, view.head(found.state).handoff_waiting) == ((), True)
    told = view.shown(found.state, seen())["handoff"]
    assert told is not None
    assert (told["state"], told["to"], told["due_at"]) == (
        "requested",
        "m1",
        "2025-09-18T00:00:00Z",
    )
    taken = done(found.state, ACCEPT, "m1")
    assert taken.owner.id == "m1"
    (late,) = course.over(found.state, "deal_handoff", later(days=9))
    assert late.body == {"action": "timed_out", "to": "m1"}


def test_an_answer_in_time_ends_the_wait() -> None:
    asked = done(ready(), REQUEST)
    taken = appended(asked, ACCEPT, "s1")
    assert TimerDropped("deal_handoff") in taken.effects
    assert opened(taken.effects) == [("first_contact", "s1")]
    assert ended(taken.effects) == [("handoff", "success")]
    (timer,) = (one for one in taken.effects if isinstance(one, TimerSet))
    assert (timer.name, timer.at.isoformat()) == ("deal_contact", "2025-09-23T00:00:00+00:00")
    assert course.over(taken.state, "deal_handoff", later(days=9)) == []
    reject = {"type": "handoff", "action": "reject", "reason": "other", "text": "Not now."}
    back = appended(asked, reject, "s1")
    assert (opened(back.effects), ended(back.effects)) == (
        [("handoff_returned", None)],
        [("handoff", "success")],
    )


def test_nobody_answers_the_csm_keeps_it() -> None:
    asked = done(ready(), REQUEST)
    assert course.over(asked, "deal_handoff", later(days=1, hours=23)) == []
    (draft,) = course.over(asked, "deal_handoff", later(days=2))
    assert draft.body == {"action": "timed_out", "to": "s1"}
    found = written(asked, [draft], later(days=2))
    assert found.state.owner.id == "u7"
    assert opened(found.effects) == [("handoff_returned", None)]
    assert ended(found.effects) == [("handoff", "no_success")]
    assert not view.head(found.state).handoff_waiting
    done(found.state, REQUEST)


CONTACTS: list[dict[str, Any]] = [
    {"type": "message", "contacts": ["c1"], "subject": "Hello", "body": "It is me."},
    {"type": "answer", "question": "conversation.1.1", "text": "So.", "said_by": "c1"},
    {"type": "asset", "kind": "call", "title": "First call"},
    {"type": "asset", "kind": "meeting", "title": "First meeting"},
]


@pytest.mark.parametrize("body", CONTACTS, ids=lambda one: str(one.get("kind", one["type"])))
def test_the_new_owner_s_first_contact(body: dict[str, Any]) -> None:
    taken = done(done(ready(), REQUEST), ACCEPT, "s1")
    assert taken.owner.id == "s1"
    met = appended(taken, body, "s1")
    assert ended(met.effects) == [("first_contact", "success")]
    assert TimerDropped("deal_contact") in met.effects
    assert course.over(met.state, "deal_contact", later(days=30)) == []
    again = appended(met.state, body, "s1")
    assert ended(again.effects) == []
    by_key = appended(taken, body, None)
    assert ended(by_key.effects) == [("first_contact", "success")]


def test_what_is_no_contact_or_another_s() -> None:
    taken = done(done(ready(), REQUEST), ACCEPT, "s1")
    shown = appended(taken, {"type": "asset", "kind": "doc", "title": "A page"}, "s1")
    noted = appended(shown.state, {"type": "note", "text": "Called."}, "s1")
    led = appended(noted.state, CONTACTS[0], "m1")
    assert [ended(one.effects) for one in (shown, noted, led)] == [[], [], []]


def test_no_contact_in_five_business_days_and_the_csm_has_it_again() -> None:
    taken = done(done(ready(), REQUEST), ACCEPT, "s1")
    assert course.over(taken, "deal_contact", later(days=6, hours=23)) == []
    drafts = course.over(taken, "deal_contact", later(days=7))
    found = written(taken, drafts, later(days=7))
    assert [one.type for one in found.entries] == ["handoff", "owner"]
    assert found.state.owner.json() == {"role": "hybrid", "id": "u7", "name": "Kato"}
    assert opened(found.effects) == [("handoff_returned", None)]
    assert ended(found.effects) == [("first_contact", "no_success")]
    assert accepted_handoff(found.state) is None
    assert course.over(found.state, "deal_contact", later(days=8)) == []


@pytest.mark.parametrize(("answered", "acts"), [(False, ["withdrawn"]), (True, [])])
def test_a_deal_that_is_closed_withdraws_the_request(answered: bool, acts: list[str]) -> None:
    state = done(ready(), REQUEST)
    if answered:
        state = done(state, ACCEPT, "s1")
    lost = {"type": "move", "to": "closed_lost", "reason": "handoff_failure"}
    found = appended(state, lost, "m1")
    new = [one.body["action"] for one in found.entries if one.type == "handoff"]
    assert new == acts
    assert ("first_contact", "no_success") in ended(found.effects)
    assert (("handoff", "no_success") in ended(found.effects)) is not answered
    assert not view.head(found.state).handoff_waiting


GROWN = Draft("reason", {"reasons": ["by_hand"], "scenarios": [], "deal_value": "80000.00"})


def test_a_raise_beyond_the_csm_asks_for_a_hand_off() -> None:
    """R-171: the CSM stays the owner."""
    found = written(ready(role="cs"), [GROWN], seen())
    assert found.state.owner.json() == {"role": "hybrid", "id": "u7", "name": "Kato"}
    assert opened(found.effects) == [("handoff_due", None)]
    assert opened(written(ready(), [GROWN], seen()).effects) == []
