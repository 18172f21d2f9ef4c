"""What one transaction leaves: joined with what another leaves, and when it looks again."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from services.trigger.accounts import Terms
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.facts.facts import Signal
from services.trigger.proposals.changes import Open
from services.trigger.proposals.results import DAY, Left, again, waiting
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")
TICK = timedelta(microseconds=1)
REQUESTED = Signal("feature_requested", NOW, "sso", NOW + DAY)


def loaded(*opened: Open) -> Loaded:
    facts = replace(account(GLOBAL, "starter").facts, signals=tuple(one.signal for one in opened))
    return Loaded(Terms("Asia/Tokyo", facts.subscription, {}), GLOBAL, facts, opened)


def test_the_earliest_look_is_kept() -> None:
    left = Left()
    for later in (2, 1, 3):
        left.look("a", NOW + later * DAY)
    assert left.looks == {"a": NOW + DAY}


def test_what_waits_elsewhere_is_not_settled() -> None:
    one, other = Left(settled={"a", "b", "c"}), Left(settled={"d"}, looks={"a": NOW})
    one.add(other)
    assert (one.settled, one.looks) == ({"b", "c", "d"}, {"a": NOW})


def test_joined_results_keep_the_earliest_look_and_count_all_that_was_let_go() -> None:
    one = Left(looks={"a": NOW + DAY, "b": NOW}, let_go=Counter(tickets=2))
    one.add(Left(looks={"a": NOW, "b": NOW + DAY}, let_go=Counter(tickets=1, used=4)))
    assert one.looks == {"a": NOW, "b": NOW}
    assert one.let_go == {"tickets": 3, "used": 4}
    one.add(Left())
    assert one.looks == {"a": NOW, "b": NOW}


@pytest.mark.parametrize(
    ("opened", "later", "waits"),
    [
        ([], 0 * TICK, 0),
        ([Open("acct-1", REQUESTED)], DAY - TICK, 1),
        ([Open("acct-1", REQUESTED)], DAY, 0),
        ([Open("acct-1", REQUESTED, acted=True)], 0 * TICK, 0),
        ([Open("acct-1", replace(REQUESTED, until=None))], 9999 * DAY, 1),
    ],
)
def test_a_signal_waits_until_it_is_acted_on_or_over(
    opened: list[Open], later: timedelta, waits: int
) -> None:
    assert len(waiting(loaded(*opened), [], NOW + later)) == waits


def test_what_is_raised_now_does_not_wait_too() -> None:
    known = loaded(Open("acct-1", REQUESTED), Open("acct-1", replace(REQUESTED, key="audit")))
    raised = [replace(REQUESTED, at=NOW + DAY)]
    assert [one.key for one in waiting(known, raised, NOW)] == ["audit"]
    assert [one.key for one in waiting(known, [], NOW)] == ["sso", "audit"]


def test_with_nothing_to_decide_nothing_is_left() -> None:
    left, known = Left(), loaded()
    assert again(known, "schedule", (), NOW, left, "d1", tells=False) is known
    assert left == Left()


def test_a_decision_that_is_to_be_told_is_stored_though_nothing_was_raised() -> None:
    left = Left()
    again(loaded(), "cancel.intent", (), NOW, left, "d1", tells=True)
    assert [(one.id, one.cause) for one in left.decisions] == [("d1", "cancel.intent")]
    assert left.settled == {"acct-1"}


def test_what_still_may_not_be_sold_is_only_looked_at_again() -> None:
    """A new customer gets no offer yet: no decision is stored, only the next look."""
    left = Left()
    new = replace(account(GLOBAL, "starter", since="2025-09-10").facts, signals=(REQUESTED,))
    known = replace(loaded(Open("acct-1", replace(REQUESTED, until=None))), facts=new)
    assert again(known, "schedule", (), NOW, left, "d1", tells=False) is known
    assert (left.decisions, left.messages) == ([], [])
    assert left.looks["acct-1"] > NOW
