"""Values of accounts: who may buy, when a subscription holds, and when a waiting one begins."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import get_args

import pytest

from services.trigger.accounts import (
    Contact,
    Grant,
    Next,
    PlanMove,
    Role,
    Subscription,
    Terms,
    Trial,
)

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
LATER = START + timedelta(days=30)
TICK = timedelta(microseconds=1)
STARTER = Subscription("starter", 1, START, changed_at=START)
PRO = replace(STARTER, plan="pro")


def test_everyone_but_a_member_may_buy() -> None:
    buyers = {role for role in get_args(Role) if Contact("c", "C", role).may_buy}
    assert set(get_args(Role)) - buyers == {"member"}


def test_a_mailbox_is_the_same_however_its_address_is_written() -> None:
    one, other, none = (
        Contact("c", "C", "owner", email) for email in ("a@example.com", "A@Example.com", None)
    )
    assert one.mailbox == other.mailbox is not None
    assert none.mailbox is None


@pytest.mark.parametrize(
    ("ended", "now", "holds"),
    [
        (None, LATER, True),
        (LATER, LATER - TICK, True),
        (LATER, LATER, False),
        (LATER, LATER + TICK, False),
    ],
)
def test_a_subscription_holds_until_the_moment_it_ends(
    ended: datetime | None, now: datetime, holds: bool
) -> None:
    subscription = replace(STARTER, ended_at=ended)
    assert subscription.holds(now) is holds
    terms = Terms("UTC", subscription, {})
    assert terms.running(now) == (subscription if holds else None)


def test_nothing_runs_before_any_subscription() -> None:
    assert Terms("UTC", None, {}).running(LATER) is None


def test_periods_begin_at_the_anchor_or_else_at_the_start() -> None:
    anchor = START - timedelta(days=10)
    assert STARTER.grid("UTC").anchor == START
    assert replace(STARTER, anchor=anchor).grid("UTC").anchor == anchor


@pytest.mark.parametrize(
    ("said", "expected"),
    [(None, LATER), (START - TICK, START), (START, START), (LATER + TICK, LATER + TICK)],
)
def test_it_counts_from_when_it_was_stated_but_not_before_its_start(
    said: datetime | None, expected: datetime
) -> None:
    assert replace(STARTER, changed_at=said).counts_from(LATER) == expected


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (STARTER, PRO, True),
        (STARTER, replace(STARTER, quantity=2), False),
        (None, PRO, False),
        (STARTER, None, False),
    ],
)
def test_only_a_step_from_a_plan_to_another_changes_the_plan(
    before: Subscription | None, after: Subscription | None, changes: bool
) -> None:
    assert PlanMove("a", before, after).changes_plan is changes


def test_a_waiting_subscription_is_in_force_from_its_moment_on() -> None:
    terms = Terms("UTC", STARTER, {}, Next(PRO, LATER))
    assert terms.as_of(LATER - TICK) is terms
    assert terms.as_of(LATER) == Terms("UTC", PRO, {})
    assert Terms("UTC", STARTER, {}).as_of(LATER) == Terms("UTC", STARTER, {})


def test_an_agreed_change_of_plan_counts_as_changed_on_its_day() -> None:
    assert Next(PRO, LATER).begun == PRO
    agreed = Next(PRO, LATER, in_place_of="starter").begun
    assert agreed == replace(PRO, changed_at=LATER)
    assert agreed.started_at == START


@pytest.mark.parametrize(
    ("at", "holds"),
    [(START - TICK, False), (START, True), (LATER - TICK, True), (LATER, False)],
)
def test_a_trial_counts_from_its_start_until_its_end(at: datetime, holds: bool) -> None:
    other = Trial("o", "d", ("sso",), {"storage": None}, LATER, LATER + TICK)
    trial = Trial("t", "d", ("webhooks",), {"seats": Decimal(9)}, START, LATER)
    terms = Terms("UTC", STARTER, {}, trials=(other, trial))
    assert terms.tried("webhooks", at) == (LATER if holds else None)
    assert terms.granted("seats", at) == (Grant(Decimal(9), LATER) if holds else None)
    assert terms.tried("core", at) is None
    assert terms.granted("api_calls", at) is None
    assert terms.as_of(at).trials == terms.trials
