"""What the customer reads when a person proposes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.trigger.judgement.facts.facts import Signal
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.lines import priced
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import MessageSent
from services.trigger.process.proposal.mail import message
from shared.messages import Tell
from shared.messages.facts import read_facts
from shared.wording import mail_text
from tests.support.stories import NOW, Story
from tests.unit.trigger.process.cases import having, story
from tests.unit.trigger.process.proposal.offering import proposed, ready, seen

REFUSE = "https://usage.example.com/v1/unsubscribe/t0ken"


def pressed() -> Story:
    told = story().told("compliance.need", framework="SOC2", deadline="2025-12-15")
    return told.having(signals=(Signal("compliance_need", NOW, "SOC2"),))


def sent(state: Opportunity, context: Context, **more: Any) -> Tell:
    (effect,) = proposed(state, context, channel="email", **more).effects
    assert isinstance(effect, MessageSent)
    assert isinstance(effect.message, Tell)
    return effect.message


def text(tell: Tell, locale: str, role: str = "decision_maker") -> str:
    """As it is after its way to the notifier."""
    facts = read_facts(msgspec.json.decode(msgspec.json.encode(tell.facts)))
    mail = mail_text(tell.kind, tell.cls, facts, "Sato", role, locale, REFUSE)
    return f"{mail.subject}\n{mail.text}"


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("ja", ("Sato 様", "SOC2", "Kato")),
        ("en", ("Hello Sato,", "SOC2", "get in touch with Kato")),
    ],
)
def test_it_says_why_and_whom_to_ask_in_the_language_of_its_reader(
    locale: str, said: tuple[str, ...]
) -> None:
    tell = sent(ready(), seen(pressed()), contacts=["c2"])
    words = text(tell, locale)
    for one in (*said, REFUSE):
        assert one in words
    assert (tell.kind, tell.cls, tell.proposes, tell.decision) == (
        "upgrade.proposal",
        "proposal",
        "enterprise",
        None,
    )


def test_what_is_put_forward_comes_first_and_what_is_assumed_is_named() -> None:
    tell = sent(ready(), seen(pressed()), angle="risk")
    facts = tell.facts.proposal
    assert facts is not None
    assert [one.key for one in facts.sentences][:2] == ["angle.risk", "angle.risk.days"]
    assert "90" in text(tell, "ja")
    hours = sent(ready(), seen(), angle="efficiency")
    assert hours.facts.proposal is not None
    assert hours.facts.proposal.value is not None
    assert hours.facts.proposal.value.assumed == ("hours",)
    assert "試算の前提" in text(hours, "ja")


def test_it_waits_for_the_hours_of_the_account() -> None:
    open_ = sent(ready(), seen())
    assert {one.not_before for one in open_.recipients} == {None}, "09:00 in Tokyo"
    night = sent(ready(), seen(at=NOW + timedelta(hours=9)))
    assert {one.not_before for one in night.recipients} == {NOW + timedelta(days=1)}
    friday = seen(at=NOW + timedelta(days=3, hours=9))
    assert sent(ready(), friday).recipients[0].not_before == NOW + timedelta(days=6)


def test_the_price_is_the_one_that_was_agreed() -> None:
    state = ready()
    (line,) = state.lines
    full = sent(state, seen()).facts.proposal
    less = sent(
        replace(state, lines=(priced(replace(line, discount_pct=Decimal(10))),)), seen()
    ).facts.proposal
    assert full is not None
    assert full.price_step is not None
    assert less is not None
    assert less.price_step is not None
    assert full.price_step.difference is not None
    assert less.price_step.difference == full.price_step.difference - Decimal(625)
    assert less.price_step.price == full.price_step.price - Decimal(625)


def test_what_is_sold_beside_the_plan_is_named() -> None:
    context = seen()
    state = replace(ready(), to_plan="pro", lines=())
    for add_on in context.catalog.add_ons:
        (line,) = ready().lines
        beside = replace(state, lines=(replace(line, item=add_on, type="cross_sell"),))
        tell = message(beside, context, "p1", ["c1"], None)
        assert tell.facts.proposal is not None
        assert tell.facts.proposal.add_on is not None
        assert context.catalog.add_ons[add_on].name.ja in text(tell, "ja", "owner")
    nothing = message(state, context, "p1", ["c1"], None)
    assert text(nothing, "en", "owner")


def test_a_deal_that_nobody_has_still_says_what_it_is_about() -> None:
    context = seen()
    alone = replace(ready(), owner=replace(ready().owner, id=None, name=None))
    account = replace(context.account, csm=None)
    assert context.loaded is not None
    loaded = replace(context.loaded, facts=replace(context.loaded.facts, account=account))
    tell = message(alone, replace(context, account=account, loaded=loaded), "p1", ["c1"], None)
    assert REFUSE in text(tell, "en", "owner")


def test_r_131_what_they_have_said_they_do_not_need_is_not_said() -> None:
    told = story()
    for days in (1, 2, 3):
        at = NOW - timedelta(days=days)
        told = told.told("feature.requested", at, feature="advanced_analytics")
    told = told.having(signals=(Signal("feature_requested", NOW, "advanced_analytics"),))
    state = replace(ready(), reasons=("feature_requested",))
    named = "Advanced analytics"
    assert named.lower() in text(sent(state, seen(told), contacts=["c2"]), "en").lower()
    refuted = {"feature": "advanced_analytics", "status": "refuted", "said_by": "c2"}
    state = having(state, "need", **refuted)
    assert named.lower() not in text(sent(state, seen(told), contacts=["c2"]), "en").lower()
