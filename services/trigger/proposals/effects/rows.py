"""What a decision stores, and its account afterwards."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.decision import Decision
from services.trigger.judgement.facts.facts import Opportunity, Sent
from services.trigger.judgement.findings import reasons
from services.trigger.judgement.findings.signals import NEVER_PROPOSES
from services.trigger.judgement.gates import opportunity
from services.trigger.judgement.gates.suppression import is_escalation, threshold_percent
from services.trigger.judgement.pipeline import GATES
from services.trigger.judgement.question import Question
from services.trigger.process.lines import Line, Shop
from services.trigger.proposals.changes import Changes, Open, Opened, Proposed
from services.trigger.proposals.effects.basis import (
    Ruling,
    adds_reason,
    new_remedies,
    opportunity_owner,
    readers_of,
    tells_opportunity,
)
from shared.values.identity import identity


def changes(ruling: Ruling, into: Changes) -> None:
    """Adds the rows of one decision."""
    decision, question = ruling.decision, ruling.question
    into.signals += [_kept(ruling, one) for one in question.signals]
    blocking = {gate.gate for gate in decision.gates if gate.answer.result == "block"}
    if ruling.loaded.suppressed != blocking & GATES.suppressions:
        into.suppressed.append((decision.account, tuple(sorted(blocking & GATES.suppressions))))
    if ruling.loaded.remedies:
        into.cleared.append((decision.account, tuple(sorted(GATES.remedied - blocking))))
    into.remedies += [(decision.account, remedy, decision.id) for remedy in new_remedies(ruling)]
    proposed = _proposed(ruling) if decision.sells else None
    if decision.sells or adds_reason(ruling, blocking):
        into.opportunities.append(_opportunity(ruling, proposed))
    if proposed is not None:
        into.proposals.append(proposed)


def _kept(ruling: Ruling, signal: Any) -> Open:
    """A limit's signal lasts as long as its alert; one that never proposes waits for nothing."""
    alert = None
    if signal.type == "usage_limit":
        crossing = ruling.question.crossing
        known = next(
            (
                one.alert
                for one in ruling.loaded.opened
                if one.signal.type == signal.type and one.signal.key == signal.key
            ),
            None,
        )
        alert = (
            crossing.alert if crossing is not None and crossing.meter == signal.key else known or ""
        )
    return Open(
        ruling.decision.account,
        signal,
        ruling.decision.sells or signal.type in NEVER_PROPOSES,
        alert,
    )


def _opportunity(ruling: Ruling, proposed: Proposed | None) -> Opened:
    question, decision = ruling.question, ruling.decision
    (plan, add_on), route = question.offered, decision.route
    assert route is not None
    existing = opportunity.open_opportunity(question)
    return Opened(
        id=existing.id if existing else identity("opportunity", decision.id),
        account=decision.account,
        from_plan=question.plan.id if question.plan else None,
        to_plan=plan,
        add_on=add_on,
        stage=_stage(ruling, existing),
        owner=opportunity_owner(ruling),
        rule=route.rule,
        reasons=opportunity.merged(question, existing),
        deal_value=None if route.deal_value is None else Decimal(route.deal_value),
        currency=route.currency,
        decision=decision.id,
        told=reasons.names(reasons.open_reasons(question)) if tells_opportunity(ruling) else None,
        scenarios=tuple(decision.scenarios),
        line=_line(question),
        proposed=proposed,
    )


def _line(question: Question) -> Line | None:
    """What the deal begins with: its plan, or the add-on that is offered instead."""
    plan, _ = question.offered
    add_on, catalog = question.add_on, question.catalog
    shop = Shop(catalog, catalog.plans[plan], question.plan, question.facts.subscription)
    if add_on is None:
        return shop.line("1", plan)
    return shop.line("1", add_on.id, add_on.quantity) if shop.sells(add_on.id) else None


def _stage(ruling: Ruling, existing: Opportunity | None) -> str:
    if not ruling.decision.sells and existing is not None:
        return existing.stage
    if ruling.decision.outcome == "proposal":
        return "proposal"
    found = ruling.question.qualification
    return "identified" if found is None or found.verdict == "not_yet" else found.verdict


def _proposed(ruling: Ruling) -> Proposed:
    question, decision = ruling.question, ruling.decision
    (plan, add_on), route, crossing = question.offered, decision.route, question.crossing
    percent = (
        threshold_percent(crossing.threshold.percent, crossing.threshold.at, crossing.limit)
        if crossing
        else None
    )
    told, alert = readers_of(ruling), ruling.notice.alert if ruling.notice else None
    waiting = min((one.not_before or decision.at for one in told), default=decision.at)
    is_waiting = alert is not None and waiting > decision.at
    return Proposed(
        id=identity("proposal", decision.id),
        account=decision.account,
        plan=plan,
        add_on=add_on,
        channel=_channel(ruling),
        reason=decision.signals[0],
        meter=crossing.meter if crossing else None,
        percent=percent,
        counts=not is_escalation(question),
        contacts=tuple(reader.contact for reader in told),
        amount=None if route is None or route.deal_value is None else Decimal(route.deal_value),
        currency=question.catalog.plans[plan].currency,
        decision=decision.id,
        waits_with=alert if is_waiting else None,
        waits_until=waiting if is_waiting else None,
        expires_at=decision.at + timedelta(days=question.policy.process.expiry_days),
    )


def _channel(ruling: Ruling) -> str:
    """How it reaches the customer; what nobody there can read does not count as sent (R-080)."""
    if ruling.decision.outcome == "assisted" or ruling.is_unheard:
        return "person"
    return "message" if ruling.is_message else "quote"


def after(ruling: Ruling) -> Loaded:
    """The account after this decision, as the next one of the same transaction needs it."""
    loaded, decision = ruling.loaded, ruling.decision
    into = Changes()
    changes(ruling, into)
    newest = {(one.signal.type, one.signal.key): one for one in (*loaded.opened, *into.signals)}
    facts = replace(loaded.facts, signals=tuple(one.signal for one in newest.values()))
    for one in into.opportunities:
        before = next((old.told for old in facts.opportunities if old.id == one.id), None)
        told_of = before if one.told is None else one.told
        opened = Opportunity(
            one.id, one.to_plan, one.reasons, str(one.owner["role"]), one.stage, told_of, one.add_on
        )
        others = (
            old
            for old in facts.opportunities
            if (old.plan, old.add_on) != (one.to_plan, one.add_on)
        )
        facts = replace(facts, opportunities=(*others, opened))
    for sent in into.proposals:
        if sent.channel == "message":
            told = Sent(
                at=decision.at,
                plan=sent.plan,
                reason=sent.reason,
                meter=sent.meter,
                percent=sent.percent,
                contacts=sent.contacts,
                counts=sent.counts,
                play=sent.reason,
                amount=sent.amount,
                waits_until=sent.waits_until,
            )
            facts = replace(facts, sent=(*facts.sent, told))
    tasks = loaded.remedies | {remedy.task for _, remedy, _ in into.remedies}
    suppressed = frozenset(into.suppressed[-1][1]) if into.suppressed else loaded.suppressed
    return replace(
        loaded, facts=facts, opened=tuple(newest.values()), remedies=tasks, suppressed=suppressed
    )


def look_again_at(decision: Decision) -> datetime | None:
    """When the first of the blocks expires; None if time alone changes nothing."""
    found = [
        moment
        for gate in decision.gates
        if gate.answer.result == "block"
        for name in ("retry_at", "expires_at")
        if isinstance(moment := gate.answer.evidence.get(name), datetime) and moment > decision.at
    ]
    return min(found, default=None)
