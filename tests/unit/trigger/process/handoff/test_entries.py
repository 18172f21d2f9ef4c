"""Who may hand off, take over or refuse, when, and what is missing before."""

from dataclasses import replace
from typing import Any

import pytest

from services.trigger.accounts import Contact
from services.trigger.process.log.entries import MailAsked, Refused
from tests.unit.trigger.process.cases import ask, context, deal
from tests.unit.trigger.process.handoff.cases import (
    ACCEPT,
    CONTACTS,
    REQUEST,
    appended,
    done,
    ready,
    seen,
)

REJECT = {"type": "handoff", "action": "reject", "reason": "no_capacity", "text": "Too much."}


def refused(found: object, status: int) -> list[tuple[str, str]]:
    assert isinstance(found, Refused), found
    assert found.status == status, found
    return [(fault.path, fault.reason.split(":")[0]) for fault in found.faults]


def test_a_complete_one_is_asked_of_the_account_s_seller() -> None:
    found = appended(ready(), {**REQUEST, "note": "They like us."})
    body = found.entries[0].body
    assert (body["to"], body["from"], body["note"]) == ("s1", "u7", "They like us.")
    assert body["due_at"] == "2025-09-18T00:00:00Z"
    assert set(body["packet"]) == {
        "account", "plan", "usage", "alerts", "health", "nps", "loyalty", "needs",
        "qualification", "answers", "notes", "stakeholders", "value", "comparison", "objections",
        "proposal_history", "next_step", "risks",
    }  # fmt: skip


def test_each_missing_part_is_named() -> None:
    alone = seen(contacts=(CONTACTS[0],))
    bare = replace(alone, question=context().question)
    found = refused(ask(deal("qualified", "hybrid"), REQUEST, bare, "u7"), 409)
    assert found == [
        (f"/packet/{part}", "handoff_incomplete")
        for part in ("stakeholders", "needs", "answers", "qualification", "next_step")
    ]


def test_a_stakeholder_who_decides_is_enough() -> None:
    alone = seen(contacts=(CONTACTS[0],))
    assert refused(ask(ready(), REQUEST, alone, "u7"), 409) == [
        ("/packet/stakeholders", "handoff_incomplete")
    ]
    named = done(ready(), {"type": "stakeholder", "name": "Sato", "role": "decision_maker"})
    appended(named, REQUEST, known=alone)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"to": "m1"}, "/to"),
        ({"to": "gone"}, "/to"),
        ({"to": "nobody"}, "/to"),
        ({"reason": "other"}, "/reason"),
        ({"action": "reject", "text": "No."}, "/reason"),
        ({"action": "reject", "reason": "other"}, "/text"),
        ({"action": "accept", "to": "s1"}, "/to"),
    ],
)
def test_what_makes_no_sense(change: dict[str, Any], path: str) -> None:
    assert [one[0] for one in refused(ask(ready(), {**REQUEST, **change}, seen()), 422)] == [path]


def test_an_account_without_a_seller_needs_a_name() -> None:
    known = seen()
    without = replace(known, account=replace(known.account, ae=None))
    assert refused(ask(ready(), REQUEST, without, "u7"), 422)[0][0] == "/to"
    assert appended(ready(), {**REQUEST, "to": "s1"}, known=without).entries[0].body["to"] == "s1"


def test_only_a_hybrid_deal_from_qualified_on_and_one_at_a_time() -> None:
    assert ("/type", "not_hybrid") in refused(ask(ready(role="cs"), REQUEST, seen(), "u7"), 409)
    early = refused(ask(deal("nurture", "hybrid"), {**REQUEST, "to": "s1"}, context(), "u7"), 409)
    assert ("/type", "not_next") in early
    asked = done(ready(), REQUEST)
    assert refused(ask(asked, REQUEST, seen(), "u7"), 409) == [("/type", "handoff_open")]
    taken = done(asked, ACCEPT, "s1")
    assert refused(ask(taken, REQUEST, seen(), "s1"), 409) == [("/type", "handoff_open")]
    done(done(asked, REJECT, "s1"), REQUEST)


def test_who_was_asked_answers_or_a_leader() -> None:
    asked = done(ready(), REQUEST)
    assert refused(ask(asked, ACCEPT, seen(), "u7"), 403) == [("/type", "not_owner")]
    assert refused(ask(ready(), REQUEST, seen(), "s1"), 403) == [("/type", "not_owner")]
    assert refused(ask(ready(), ACCEPT, seen(), "m1"), 409) == [("/action", "not_requested")]
    assert done(asked, ACCEPT, "m1").owner.id == "s1"
    assert done(asked, REJECT, "s1").owner.id == "u7"
    assert refused(ask(done(asked, ACCEPT, "s1"), REJECT, seen(), "s1"), 409) == [
        ("/action", "not_requested")
    ]


def test_who_takes_it_is_the_owner_and_is_introduced_once() -> None:
    found = appended(done(ready(), REQUEST), ACCEPT, "s1")
    assert [one.type for one in found.entries] == ["handoff", "owner"]
    assert found.state.owner.json() == {"role": "hybrid", "id": "s1", "name": "Mori"}
    (mail,) = (one for one in found.effects if isinstance(one, MailAsked))
    assert (mail.kind, mail.cls, mail.key) == ("handoff.intro", "notice", found.entries[0].id)
    assert (mail.contacts, mail.signer, mail.copy_to) == (("c2",), "u7", "s1")
    assert found.entries[0].body["intro"] == {"contacts": ["c2"]}


def test_nobody_with_an_address_is_not_introduced_to_anybody() -> None:
    silent = seen(contacts=(Contact("c2", "Sato", "decision_maker"),))
    found = appended(done(ready(), REQUEST, known=silent), ACCEPT, "s1", silent)
    assert found.entries[0].body["intro"] is None
    assert not any(isinstance(one, MailAsked) for one in found.effects)


def test_who_left_meanwhile_is_stood_in_for() -> None:
    asked, known = done(ready(), REQUEST), seen()
    gone = replace(known.persons["s1"], active=False, manager="m1")
    known = replace(known, persons={**known.persons, "s1": gone})
    assert appended(asked, ACCEPT, "m1", known).state.owner.id == "m1"
