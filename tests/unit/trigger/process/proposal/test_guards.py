"""Every reason why a deal may not be proposed now."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from services.trigger.accounts import Person as Named
from services.trigger.judgement.facts.facts import Sent
from services.trigger.process.deals.view import moves
from services.trigger.process.log.voice import Voice
from shared.catalog.types import Cap
from tests.support.catalogs import catalog
from tests.support.stories import NOW, OWNER, account
from tests.unit.trigger.process.cases import deal, having, story
from tests.unit.trigger.process.proposal.offering import (
    BUYER,
    MEMBER,
    SILENT,
    proposed,
    ready,
    refused,
    seen,
)


def codes(found: list[tuple[str, str]]) -> list[str]:
    return [reason.partition(":")[0] for _, reason in found]


@pytest.mark.parametrize(
    "stage", ["identified", "needs_discovery", "nurture", "qualified", "disqualified"]
)
def test_it_is_engaged_first(stage: str) -> None:
    assert refused(ready(stage), seen()) == [("/type", f"not_next: {stage} is before engaged")]


@pytest.mark.parametrize("stage", ["engaged", "proposal", "negotiation"])
def test_from_then_on_it_may_be_proposed(stage: str) -> None:
    assert proposed(ready(stage), seen()).state.stage == "proposal"


def test_a_step_down_is_never_proposed() -> None:
    kept = replace(ready(), reasons=("cancel_intent",))
    assert refused(kept, seen()) == [("/type", "not_next: proposal is not on the way of this deal")]


def test_each_question_of_the_first_conversation_is_answered() -> None:
    state = having(deal("engaged"), "answer", question="discovery.2", text="So.", needs=[])
    assert refused(state, seen()) == [
        ("/type", "discovery_incomplete: discovery.1"),
        ("/type", "discovery_incomplete: discovery.3"),
    ]
    assert proposed(deal("proposal", "self_serve", None), seen(), "m1").entries


def test_sales_alone_proposes_once_it_has_accepted_the_deal() -> None:
    state = ready(role="hybrid")
    assert codes(refused(state, seen())) == ["handoff_not_accepted"]
    assert proposed(having(state, "handoff", action="accept", to="s1"), seen()).entries
    assert proposed(ready(role="sales"), seen(), "u7").entries, "there was no CSM to hand it on"


def test_what_judgement_would_hold_back_is_held_back_here_too() -> None:
    leaving = story().told("cancel.intent")
    assert refused(ready(), seen(leaving)) == [("/type", "gate_blocked: cancel_intent")]
    out = replace(
        story().catalog,
        policy=replace(
            story().catalog.policy,
            holdout=replace(story().catalog.policy.holdout, percent=Decimal(100), salt="s"),
        ),
    )
    held = account(out, "pro", quantity=5, csm=Named("u7", "Kato"))
    assert refused(ready(), seen(held)) == [("/type", "gate_blocked: holdout")]


def test_a_step_that_costs_more_than_it_saves_is_not_proposed() -> None:
    poor = story().told(
        "value.stated",
        hours=Decimal(1),
        hours_basis="team_total",
        hours_period="month",
        hourly_rate=Decimal(1),
        currency="USD",
        source="customer_stated",
        said_by="c1",
    )
    assert refused(ready(), seen(poor)) == [("/type", "gate_blocked: value")]


def test_the_cap_counts_mails_that_nobody_asked_for() -> None:
    policy = replace(story().catalog.policy, proposal_cap=(Cap(1, 30),))
    told = account(replace(story().catalog, policy=policy), "pro", quantity=5)
    capped = told.having(sent=(Sent(NOW - timedelta(days=2), "enterprise", "renewal"),))
    assert refused(ready(), seen(capped), channel="email") == [
        ("/type", "gate_blocked: frequency_cap")
    ]
    assert proposed(ready(), seen(capped)).entries
    step = {"kind": "formal_proposal", "owner": "u7", "due": "2025-09-30"}
    asked_for = replace(ready(), next_step={"type": step["kind"], **step})
    assert proposed(asked_for, seen(capped), channel="email").entries


def test_each_line_has_a_price_that_may_be_promised() -> None:
    state = ready()
    (line,) = state.lines
    given = replace(line, discount_pct=Decimal(50), approved=False)
    assert refused(replace(state, lines=(given,)), seen()) == [
        ("/type", "discount_unapproved: enterprise")
    ]
    custom = replace(line, list_year=None, year=None)
    assert refused(replace(state, lines=(custom,)), seen()) == [("/type", "no_price: enterprise")]
    dropped = replace(custom, id="2", state="lost")
    assert proposed(replace(state, lines=(line, dropped)), seen()).entries


def test_only_what_is_true_is_put_forward() -> None:
    assert refused(ready(), seen(), angle="risk") == [("/angle", "angle_not_true: risk")]
    pressed = story().told("compliance.need", framework="SOC2", deadline="2025-12-15")
    (entry, *_) = proposed(ready(), seen(pressed), angle="risk").entries
    assert entry.body["angle"] == "risk"


def test_nobody_else_of_ours_has_just_written() -> None:
    heard = replace(seen(), voices=(Voice("s1", "s1", NOW - timedelta(hours=1)),))
    assert refused(ready(), heard, channel="email") == [
        ("/type", "two_voices: until 2025-09-16T23:00:00Z")
    ]
    assert proposed(ready(), heard).entries, "what is said in a conversation is no mail"
    own = replace(seen(), voices=(Voice("m1", "m1", NOW),))
    assert proposed(ready(), own, "m1", channel="email").entries


def test_a_mail_needs_somebody_to_read_it() -> None:
    silent = refused(ready(), seen(None, MEMBER, SILENT), channel="email")
    assert silent == [("/contacts", "no_reader: nobody there may buy and wants to be asked")]
    refusing = story().told("contact.unsubscribed", contact="c1")
    only = refused(ready(), seen(refusing, OWNER), channel="email")
    assert codes(only) == ["gate_blocked", "no_reader"]
    (entry, *_) = proposed(ready(), seen(refusing, OWNER, BUYER), channel="email").entries
    assert entry.body["contacts"] == ["c2"]
    (entry, *_) = proposed(ready(), seen(None, MEMBER)).entries
    assert entry.body["contacts"] == [], "a person says it to whom they like"


def test_all_of_them_are_told_at_once_and_shown_before_anybody_asks() -> None:
    leaving = seen(story().told("cancel.intent"))
    state = deal("qualified", "hybrid")
    told = refused(state, leaving)
    assert codes(told) == [
        "not_next",
        *["discovery_incomplete"] * 3,
        "handoff_not_accepted",
        "gate_blocked",
    ]
    (shown,) = [one for one in moves(state, leaving) if one["to"] == "proposal"]
    assert shown == {
        "to": "proposal",
        "allowed": False,
        "reasons": [reason for _, reason in told],
    }
    assert catalog("global").policy == leaving.policy
