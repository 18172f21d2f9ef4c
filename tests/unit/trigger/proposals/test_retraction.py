"""A fact is taken back from an account whose oldest facts are no longer stored: what those said is
remembered all the same.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.trigger.judgement.facts import intake, types
from services.trigger.judgement.facts.record import EMPTY, Record
from services.trigger.proposals import retraction
from services.trigger.proposals.retraction import StoredFact

NOW = datetime(2029, 9, 1, tzinfo=UTC)
HORIZON = NOW - timedelta(days=1_100)
LONG_AGO, LATELY = HORIZON - timedelta(days=20), NOW - timedelta(days=20)
ZONE = ZoneInfo("UTC")


def said(type_: str, at: datetime, **data: Any) -> StoredFact:
    told = {name.rstrip("_"): value for name, value in data.items()}
    return StoredFact(type_, f"/crm {type_} {at:%Y%m%d} {sorted(told.items())}", at, at, told)


def record(*facts: StoredFact) -> Record:
    return intake.grown(
        EMPTY,
        (
            intake.Fact(one.type, one.key, one.at, types.read(one.type, one.data), ZONE)
            for one in facts
        ),
    )


OLD = [
    said("nps.responded", LONG_AGO, score=2, contact="c1"),
    said("need.stated", LONG_AGO, feature="sso", said_by="c1"),
    said("evidence.recorded", LONG_AGO, criterion="wall", kind="call", text="said so"),
    said("budget.stated", LONG_AGO, status="yes", said_by="c1"),
    said("contract.signed", LONG_AGO, plan="pro"),
    said("deal.stated", LONG_AGO, complex=True),
    said("contact.objected", LONG_AGO, contact="c9"),
    said("csat.responded", LONG_AGO, score=1),
    said("proposal.answered", LONG_AGO, answer="declined"),
]
TAKEN = said("nps.responded", LATELY, score=9, contact="c2")


@pytest.mark.parametrize("old", OLD, ids=lambda one: one.type)
def test_what_was_pruned_is_still_remembered(old: StoredFact) -> None:
    other = said("compliance.need", LATELY, framework="SOC2")
    before = record(old, other, TAKEN)
    after = retraction.with_pruned(record(other), before, [other], TAKEN, HORIZON)
    assert after == record(old, other)


def test_an_open_ticket_of_long_ago_stays_open() -> None:
    opened = said("ticket.opened", LONG_AGO, ticket="t1", class_="bug", severity="urgent")
    before = record(opened, said("login.recorded", LONG_AGO, user="u1"))
    taken = said("login.recorded", LONG_AGO, user="u1")
    after = retraction.with_pruned(record(), before, [], taken, HORIZON)
    assert after.tickets == before.tickets


def test_what_is_stored_is_remembered_once_and_what_is_taken_back_not_at_all() -> None:
    kept = said("nps.responded", LONG_AGO, score=2, contact="c1")
    before = record(kept, TAKEN)
    assert retraction.with_pruned(record(kept), before, [kept], TAKEN, HORIZON) == record(kept)
    old = said("nps.responded", LONG_AGO, score=5, contact="c3")
    assert retraction.with_pruned(record(), record(old), [], old, HORIZON).nps == ()


def test_nothing_is_remembered_of_what_was_taken_back_lately_before() -> None:
    """A missing fact counts as pruned only if it is old enough."""
    gone = said("nps.responded", LATELY, score=1, contact="c4")
    assert retraction.with_pruned(record(), record(gone, TAKEN), [], TAKEN, HORIZON).nps == ()
