"""Every policy, contract and fact that an endpoint accepts can be decided, sent, shown and worded:
nothing raises, whatever else is known.
"""

from collections import Counter
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings

from services.trigger.accounts import Terms
from services.trigger.judgement.case import Case
from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.findings import signals, timing
from services.trigger.judgement.findings.routing import ownership_policy
from services.trigger.judgement.question import Question
from services.trigger.process.advice import advised
from services.trigger.process.angles import AngleKey
from services.trigger.process.deals.first_entry import First, shop_of
from services.trigger.process.deals.opportunity import Owner
from services.trigger.process.log import append
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import JUDGEMENT
from services.trigger.process.proposal.guards import refusals
from services.trigger.process.proposal.mail import message
from services.trigger.proposals import account_view, crossings, explanation
from services.trigger.proposals.effects.messages import messages
from services.trigger.proposals.results import Left, again
from services.trigger.usage import View, can, usage
from shared.values.money import money_text
from shared.values.quantities import dumps
from shared.wording import gate_text
from tests.support.accepted import World, hear, looks, occasions, say, worlds
from tests.support.strategies import LARGEST, examples

COLUMN = 10**29
"""Less than a total's column holds."""


def hear_every_fact(world: World) -> None:
    loaded, left = hear(world)
    for decision in left.decisions:
        dumps(decision.json())
    say(world, left.messages)
    assert len(loaded.facts.record.tickets) <= 8


def decide_every_crossing(world: World) -> None:
    """With all facts taken before: the notice goes out, whatever else is decided."""
    loaded, _ = hear(world)
    for occasion in occasions(world):
        ruling = crossings.on_usage(loaded, occasion, world.now)
        left = Left()
        loaded = left.rule(ruling)
        verdict: Any = ruling.decision.json()
        dumps(verdict)
        for lang in ("ja", "en"):
            explanation.lines(verdict, world.profile.name, world.profile.time_zone, lang)
        told = list(messages(ruling))
        assert any(one.key == occasion.notice.key for one in told if occasion.notice)
        say(world, told)
        assert all(
            -COLUMN < amount < COLUMN
            for one in left.changes.proposals
            if (amount := one.percent) is not None
        )


def wake_every_timer(world: World) -> None:
    """The daily look at the meters, a renewal, a look at what waits."""
    loaded, _ = hear(world)
    left = Left()
    raised = signals.of_usage(loaded.facts, loaded.catalog.policy, world.now)
    loaded = again(loaded, "schedule", raised, world.now, left, "d2", tells=True)
    if loaded.facts.subscription is not None:
        renewal = timing.renewal_date(loaded.facts.subscription, loaded.facts.account, world.now)
        at = timing.renewal_due(timing.year_after(renewal), loaded.facts.account)
        assert at > world.now - timedelta(days=400)
        late = timing.is_late(at, world.now, loaded.facts.account)
        found = Signal(
            "renewal", world.now, "", world.now + timedelta(days=1), {"renewal_date": renewal}
        )
        loaded = again(loaded, "renewal", (found,), world.now, left, "d3", tells=True, late=late)
    timing.next_morning(loaded.facts.account, world.now)
    for decision in left.decisions:
        dumps(decision.json())
    say(world, left.messages)


def show_the_account(world: World) -> None:
    loaded, _ = hear(world)
    case = Case("schedule", world.now, loaded.catalog, loaded.facts)
    dumps(account_view.described(loaded, {}, (), world.now))
    for locale in ("ja", "en", world.profile.locale):
        dumps(advised(case, locale))
        dumps(ownership_policy(loaded.catalog.policy, locale))
    worth = Question.of(case).worth
    if worth.value is not None:
        for amount in (worth.value.year, worth.value.cost_year, worth.value.net_year):
            money_text(amount, worth.value.currency)


def show_its_usage(world: World) -> None:
    """Including just before, at and after the ends of its period."""
    held = {(place.meter, place.period_start): one for place, one in world.places.items()}
    for terms in (world.terms, Terms(world.terms.time_zone, None, {})):
        sold = world.sold if terms.subscription else None
        for at in (world.now, world.now - timedelta(days=31)):
            view = View(
                terms,
                world.current,
                sold,
                at,
                world.now,
                held,
                {},
                world.days,
                dict.fromkeys(world.days, 5),
            )
            dumps(usage(world.profile.id, view))
            for meter in world.current.meters.values():
                dumps(can(meter, LARGEST, view))


def store_every_wake_up(world: World) -> None:
    for look in looks(world):
        for amount in (look.result.alert_at, look.result.rearm_at):
            assert amount is None or -COLUMN < amount < COLUMN


def propose_every_plan(world: World) -> None:
    """A person asks whether they may, and what goes out if they do; for add-ons, too."""
    loaded, _ = hear(world)
    case = Case("schedule", world.now, loaded.catalog, loaded.facts)
    context = Context(world.now, loaded.profile, Question.of(case), {}, loaded=loaded)
    if context.question.plan is None:
        return
    for n, plan in enumerate(loaded.catalog.plans.values()):
        shop = shop_of(plan, context)
        items = [one for one in (plan.id, *loaded.catalog.add_ons, *plan.extra) if shop.sells(one)]
        for item in items:
            beside = item if item != plan.id else None
            owner = Owner("self_serve" if n % 2 else "cs")
            reasons = ("by_hand",) if n % 3 else tuple(signals.PRIORITY)
            lines = (shop.line("1", item),)
            first = First(
                None,
                plan.id,
                "engaged",
                owner,
                "OWN-2",
                reasons,
                None,
                plan.currency,
                lines,
                beside,
            )
            state = append.begun("o1", loaded.profile.id, first.draft(), JUDGEMENT, world.now).state
            for angle in (None, *get_args(AngleKey)):
                list(refusals(state, context, by_mail=True, angle=angle))
            told = [contact.id for contact in loaded.profile.contacts]
            say(world, [message(state, context, "p1", told, None)])


CHECKS = (
    hear_every_fact,
    decide_every_crossing,
    wake_every_timer,
    show_the_account,
    show_its_usage,
    propose_every_plan,
    store_every_wake_up,
)


@given(worlds())
@examples(50, shrinks=False)
def test_whatever_is_accepted_is_decided_sent_shown_and_said(world: World) -> None:
    """Takes one account through everything, since generating it costs more than all the rest."""
    for check in CHECKS:
        check(world)


@pytest.mark.nightly
def test_the_worlds_are_wide() -> None:
    """The property above means nothing unless each outcome, most gates and messages occur."""
    found: Counter[str] = Counter()

    @given(worlds())
    @settings(max_examples=400, deadline=None, derandomize=True, database=None)
    def look(world: World) -> None:
        loaded, left = hear(world)
        for occasion in occasions(world):
            ruling = crossings.on_usage(loaded, occasion, world.now)
            loaded = left.rule(ruling)
            left.decisions.append(ruling.decision)
        for decision in left.decisions:
            found.update((decision.outcome, *decision.blocked_by, *decision.signals))
        found.update(message.kind for message in left.messages if hasattr(message, "kind"))
        if any(
            gate_text(gate.json(), "ja") for decision in left.decisions for gate in decision.gates
        ):
            found["gates"] += 1

    look()
    wanted = {
        "notice",
        "withheld",
        "proposal",
        "assisted",
        "none",
        "usage_limit",
        "crm.task",
        "dissatisfied",
        "frequency_cap",
        "value",
    }
    assert {name: found[name] for name in wanted if not found[name]} == {}
