"""What `GET` shows of the newest hand-off."""

from services.trigger.process.deals import view
from services.trigger.process.handoff.status import shown, standing
from tests.unit.trigger.process.handoff.cases import (
    ACCEPT,
    REQUEST,
    done,
    later,
    ready,
    seen,
)


def test_nobody_was_ever_asked() -> None:
    assert standing(ready()) is None
    assert view.shown(ready(), seen())["handoff"] is None


def test_a_request_that_waits() -> None:
    asked = done(ready(), REQUEST)
    found = shown(asked, seen())["handoff"]
    packet = found.pop("packet")
    assert packet["account"]["id"] == "acct-1"
    assert found == {
        "state": "requested",
        "from": "u7",
        "to": "s1",
        "requested_at": "2025-09-16T00:00:00Z",
        "due_at": "2025-09-18T00:00:00Z",
        "answered_at": None,
        "reason": None,
        "text": None,
        "first_contact_at": None,
    }
    assert view.shown(asked, seen())["flags"] == ["handoff_waiting"]


def test_the_newest_counts_with_its_answer_and_contact() -> None:
    reject = {"type": "handoff", "action": "reject", "reason": "incomplete", "text": "Who pays?"}
    back = done(done(ready(), REQUEST), reject, "s1", later(hours=1))
    told = shown(back, seen())["handoff"]
    assert (told["state"], told["reason"], told["text"]) == ("rejected", "incomplete", "Who pays?")
    assert told["answered_at"] == "2025-09-16T01:00:00Z"
    taken = done(done(back, REQUEST, known=later(hours=2)), ACCEPT, "s1", later(hours=3))
    told = shown(taken, seen())["handoff"]
    assert (told["state"], told["reason"], told["first_contact_at"]) == ("accepted", None, None)
    call = {"type": "asset", "kind": "call", "title": "First call"}
    met = done(taken, call, "s1", later(hours=4))
    assert shown(met, seen())["handoff"]["first_contact_at"] == "2025-09-16T04:00:00Z"


def test_a_leader_gives_it_to_somebody_else_who_then_has_to_call() -> None:
    taken = done(done(ready(), REQUEST), ACCEPT, "s1")
    given = done(taken, {"type": "owner", "person": "m1"}, "m1")
    call = {"type": "asset", "kind": "call", "title": "First call"}
    met = standing(done(given, call, "m1"))
    assert met is not None
    assert met.contact is not None
