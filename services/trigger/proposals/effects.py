"""What follows from a decision: rows to store and messages to send. Facts in, values out; the shell
writes and sends them.

Proposals join the notice or are sent separately; what a person should say is in the task; a remedy
is one task for as long as its cause lasts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from services.trigger.alerts.notices import (
    account_facts,
    admin_facts,
    brand_facts,
    due,
    filled,
    task_owner,
)
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.decision import Decision, Remedy
from services.trigger.judgement.facts.facts import Opportunity, Sent
from services.trigger.judgement.findings import reasons, timing
from services.trigger.judgement.findings.signals import NEVER_PROPOSES
from services.trigger.judgement.findings.timing import Reader, readers
from services.trigger.judgement.gates import opportunity
from services.trigger.judgement.gates.suppression import is_escalation, threshold_percent
from services.trigger.judgement.pipeline import GATES
from services.trigger.judgement.question import Question
from services.trigger.judgement.words import proposal, retention, speech
from services.trigger.process.lines import Line, Shop
from services.trigger.process.tasks.places import Place
from services.trigger.proposals.changes import Changes, Open, Opened, Proposed
from shared.messages import Facts, Message, Owner, Priority, Recipient, Task, Tell
from shared.messages.facts import (
    AboutAccount,
    AddOnFacts,
    LinkFacts,
    PersonFacts,
    PlanFacts,
    SaidFacts,
    SenderFacts,
)
from shared.values.identity import identity
from shared.values.moments import iso

URGENT = frozenset({"compliance_need", "usage_limit", "repeated_limit", "cancel_intent"})


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision with its id, its question, and the notice that goes out whatever was decided."""

    loaded: Loaded
    question: Question
    decision: Decision
    notice: Tell | None = None
    fact: str = ""

    @property
    def is_message(self) -> bool:
        """Whether a proposal is sent: before a purchase the offer appears on the quote."""
        return self.decision.outcome == "proposal" and set(self.decision.signals) != {
            "pre_purchase"
        }

    @property
    def is_unheard(self) -> bool:
        """Whether a proposal is due and no contact may buy: one of our people gets it instead."""
        return self.is_message and not self.question.facts.buyers


def messages(ruling: Ruling) -> tuple[Message, ...]:
    """The notice, possibly with a proposal and the five lines of a task; proposals; tasks."""
    told = readers_of(ruling)
    joined = {reader.contact for reader in told if reader.joined}
    found: list[Message] = []
    if ruling.notice is not None:
        found.append(_with_proposal(ruling, ruling.notice, joined))
    apart = [reader for reader in told if not reader.joined]
    if apart:
        found.append(_proposal(ruling, apart))
    if tells_opportunity(ruling):
        found.append(opportunity_task(ruling))
    if speech.is_review(ruling.decision) and ruling.decision.cause == "renewal":
        found.append(_aside_task(ruling, "review", (proposal.say("next.watch"),)))
    if speech.is_seats_instead(ruling.decision) and ruling.notice is None:
        lines = speech.task_lines(ruling.question, ruling.decision)
        found.append(_aside_task(ruling, "seats", lines.next_step))
    return (*found, *(_remedy_task(ruling, remedy) for remedy in new_remedies(ruling)))


def places(ruling: Ruling) -> dict[str, Place]:
    """By key: where the tasks belong that its messages ask for."""
    found, notice, account = dict[str, Place](), ruling.notice, ruling.decision.account
    deal = deal_of(ruling)
    if notice is not None and notice.task is not None:
        found[notice.task.key] = Place("usage", notice.meter or "", deal.opportunity)
    if tells_opportunity(ruling):
        found[_opportunity_key(account, *ruling.question.offered)] = deal
    until = _renewal_past(ruling)
    for reason in ("review", "seats"):
        found[_aside_key(ruling, reason)] = Place(reason, until=until)
    for remedy in new_remedies(ruling):
        found[_remedy_key(ruling, remedy)] = Place(remedy.task, remedy.gate)
    return found


def deal_of(ruling: Ruling) -> Place:
    """Where the task of its opportunity belongs, whether or not there is one; `opportunity`: None
    if the decision neither opens it nor adds a reason.
    """
    blocking = {gate.gate for gate in ruling.decision.gates if gate.answer.result == "block"}
    if not ruling.decision.sells and not _adds_reason(ruling, blocking):
        return Place("opportunity")
    plan, add_on = ruling.question.offered
    existing = opportunity.open_opportunity(ruling.question)
    id = existing.id if existing else identity("opportunity", ruling.decision.id)
    known = existing is not None and existing.told is not None
    return Place("opportunity", add_on or plan, id, known)


def _renewal_past(ruling: Ruling) -> datetime | None:
    facts = ruling.question.facts
    if facts.subscription is None:
        return None
    renewal = timing.renewal_date(facts.subscription, facts.account, ruling.decision.at)
    return datetime.combine(renewal + timedelta(days=1), time(), facts.account.zone)


def tells_opportunity(ruling: Ruling) -> bool:
    """Whether the opportunity's own task is created or raised.

    At first the task of the usage notice carries its lines. Once the opportunity has its own task,
    every new reason raises that one too.
    """
    existing = _existing(ruling)
    told = None if existing is None or existing.told is None else set(existing.told)
    joins = (
        told is not None and not set(reasons.names(reasons.open_reasons(ruling.question))) <= told
    )
    if ruling.decision.outcome == "assisted" or ruling.is_unheard:
        return ruling.notice is None or ruling.notice.task is None or joins
    return joins and _adds_reason(ruling, set(ruling.decision.blocked_by))


def _existing(ruling: Ruling) -> Opportunity | None:
    return opportunity.open_opportunity(ruling.question) if ruling.question.offers else None


def readers_of(ruling: Ruling) -> tuple[Reader, ...]:
    if not ruling.is_message:
        return ()
    holidays = ruling.loaded.catalog.policy.holidays
    return readers(
        ruling.question.facts,
        ruling.decision.at,
        with_notice=ruling.notice is not None,
        holidays=holidays,
    )


def new_remedies(ruling: Ruling) -> tuple[Remedy, ...]:
    return tuple(
        remedy for remedy in ruling.decision.remedies if remedy.task not in ruling.loaded.remedies
    )


def _with_proposal(ruling: Ruling, notice: Tell, joined: set[str]) -> Tell:
    lines = speech.task_lines(ruling.question, ruling.decision)
    facts = msgspec.structs.replace(notice.facts, add_on=_way_out(ruling), task=lines)
    task = notice.task and msgspec.structs.replace(
        notice.task, owner=_owner(ruling, notice.task.owner)
    )
    if not joined:
        return msgspec.structs.replace(notice, facts=facts, task=task)
    proposes = _proposes(ruling)
    recipients = tuple(
        msgspec.structs.replace(one, proposes=proposes) if one.contact in joined else one
        for one in notice.recipients
    )
    return msgspec.structs.replace(
        notice,
        facts=_with_offer(ruling, facts),
        task=task,
        recipients=recipients,
        proposes=proposes,
    )


def _proposes(ruling: Ruling) -> str:
    """The id of the offer: a plan, or an add-on of the current one."""
    plan, add_on = ruling.question.offered
    return add_on or plan


def _with_offer(ruling: Ruling, facts: Facts) -> Facts:
    """The facts with an offer; an add-on has its own purchase link."""
    links = facts.links
    if ruling.question.add_on is not None:
        links = LinkFacts(_add_on_link(ruling), links.usage)
    return msgspec.structs.replace(
        facts,
        proposal=proposal.proposal(ruling.question, ruling.decision),
        sender=sender(ruling.loaded),
        links=links,
    )


def _way_out(ruling: Ruling) -> AddOnFacts | None:
    """At the limit the notice mentions the add-on that gives more room, except to accounts held out
    from all offers.
    """
    crossing, add_on = ruling.question.crossing, ruling.question.add_on
    if (
        crossing is None
        or add_on is None
        or crossing.limit is None
        or crossing.used < crossing.limit
    ):
        return None
    return None if "holdout" in ruling.decision.blocked_by else proposal.add_on_facts(add_on)


def _proposal(ruling: Ruling, apart: Sequence[Reader]) -> Tell:
    """A separate message, created immediately; it waits for business hours if it has to."""
    decision, proposes = ruling.decision, _proposes(ruling)
    facts = (
        proposal.with_usage(ruling.question, base_facts(ruling.loaded))
        if ruling.notice is None
        else ruling.notice.facts
    )
    return Tell(
        key=identity("proposal", decision.id),
        kind="upgrade.proposal",
        cls="proposal",
        account=decision.account,
        created_at=decision.at,
        facts=_with_offer(ruling, facts),
        recipients=tuple(
            Recipient(reader.contact, proposes, reader.not_before) for reader in apart
        ),
        webhook=True,
        meter=facts.meter.id if facts.meter is not None else None,
        threshold=facts.threshold,
        alert=ruling.notice.alert if ruling.notice else None,
        decision=decision.id,
        proposes=proposes,
    )


def opportunity_task(ruling: Ruling, about: tuple[str, str | None] | None = None) -> Tell:
    """For all open reasons, as urgent as the most urgent one.

    `about`: plan and add-on; defaults to what is offered.
    """
    decision, (plan, add_on) = ruling.decision, about or ruling.question.offered
    priority: Priority = (
        "high" if URGENT & {one.type for one in reasons.open_reasons(ruling.question)} else "medium"
    )
    key = _opportunity_key(decision.account, plan, add_on)
    task = Task(key, "opportunity", priority, _owner(ruling, None), _due(ruling, priority))
    return _task(ruling, key, task, all_reasons=True)


def _opportunity_key(account: str, plan: str, add_on: str | None) -> str:
    return identity(account, "opportunity", plan, *([add_on] if add_on else []))


def _remedy_key(ruling: Ruling, remedy: Remedy) -> str:
    return identity(ruling.decision.account, "remedy", remedy.task, ruling.decision.id)


def _aside_key(ruling: Ruling, about: str) -> str:
    return identity(ruling.decision.account, about, ruling.decision.id)


def _remedy_task(ruling: Ruling, remedy: Remedy) -> Tell:
    key = _remedy_key(ruling, remedy)
    owner = task_owner("cs", ruling.loaded.profile.csm)
    again = (
        (proposal.say("next.retry", date=iso(ruling.decision.retry_at)),)
        if ruling.decision.retry_at
        else ()
    )
    lower = retention.lower_plan(ruling.question) if remedy.task == "retention" else []
    steps = (proposal.say(f"remedy.{remedy.task}", due=iso(remedy.due_at)), *lower, *again)
    return _task(
        ruling,
        key,
        Task(key=key, purpose="remedy", priority="high", owner=owner, due_at=remedy.due_at),
        next_step=steps,
    )


def _aside_task(ruling: Ruling, about: str, steps: tuple[SaidFacts, ...]) -> Tell:
    """Without a claim: a usage review before the renewal (R-043), or seats instead (R-143)."""
    key = _aside_key(ruling, about)
    task = Task(
        key, "remedy", "medium", task_owner("cs", ruling.loaded.profile.csm), _due(ruling, "medium")
    )
    return _task(ruling, key, task, next_step=steps)


def _due(ruling: Ruling, priority: Priority) -> datetime:
    return due(ruling.loaded.profile, priority, ruling.loaded.catalog, ruling.decision.at)


def _task(
    ruling: Ruling,
    key: str,
    task: Task,
    *,
    all_reasons: bool = False,
    next_step: tuple[SaidFacts, ...] | None = None,
) -> Tell:
    lines = speech.task_lines(ruling.question, ruling.decision, all_reasons=all_reasons)
    if next_step is not None:
        lines = msgspec.structs.replace(lines, next_step=next_step)
    return Tell(
        key=identity("task", key, ruling.decision.id),
        kind="crm.task",
        cls="internal",
        account=ruling.decision.account,
        created_at=ruling.decision.at,
        facts=msgspec.structs.replace(base_facts(ruling.loaded), task=lines),
        task=task,
        decision=ruling.decision.id,
    )


def _owner(ruling: Ruling, planned: Owner | None) -> Owner | None:
    """The CSM, also of a deal that Sales closes, until it is handed over; Sales where there is no
    CSM.
    """
    found = planned or task_owner("cs", ruling.loaded.profile.csm)
    if found is None and ruling.decision.outcome == "assisted":
        return task_owner("sales", ruling.loaded.profile.ae)
    return found


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
    if decision.sells or _adds_reason(ruling, blocking):
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


def _adds_reason(ruling: Ruling, blocking: set[str]) -> bool:
    """The cap stops a second message, but the opportunity still gets the reason (R-080, R-107)."""
    held = blocking == {"frequency_cap"} and ruling.decision.outcome == "withheld"
    return (
        held
        and ruling.question.offers
        and opportunity.open_opportunity(ruling.question) is not None
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


def opportunity_owner(ruling: Ruling) -> Mapping[str, str | None]:
    """Whom the customer deals with: the CSM, even if Sales closes too; nobody for self-service."""
    route = ruling.decision.route
    role = route.owner if route is not None and not ruling.is_unheard else "cs"
    profile = ruling.loaded.profile
    found: Any = {"cs": profile.csm, "hybrid": profile.csm, "sales": profile.ae}.get(role)
    return {"role": role, "id": found.id if found else None, "name": found.name if found else None}


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


def base_facts(loaded: Loaded) -> AboutAccount:
    """What every message contains, except for a meter (docs/data.md)."""
    profile, catalog = loaded.profile, loaded.catalog
    subscription = loaded.facts.subscription
    plan = catalog.plans.get(subscription.plan) if subscription else None
    target = catalog.next_plan(plan.id) if plan else None
    return AboutAccount(
        account=account_facts(profile),
        plan=PlanFacts(plan.id, proposal.named(plan.name)) if plan else None,
        links=LinkFacts(
            upgrade=link(loaded, "upgrade", target.id) if target else None,
            usage=link(loaded, "usage", plan.id if plan else ""),
        ),
        owner=None
        if profile.voice is None
        else PersonFacts(profile.voice.name, profile.voice.email),
        admin=admin_facts(profile),
        brand=brand_facts(catalog),
        proposal=None,
    )


def link(loaded: Loaded, name: str, plan: str) -> str | None:
    address = loaded.catalog.links.get(name)
    if address is None or "{meter}" in address:
        return None
    return filled(address, loaded.profile.id, plan, "")


def _add_on_link(ruling: Ruling) -> str | None:
    """Where to buy the add-on: the catalogue's `add_on` link, otherwise where plans are bought."""
    add_on, loaded = ruling.question.add_on, ruling.loaded
    address = loaded.catalog.links.get("add_on") or loaded.catalog.links.get("upgrade")
    if address is None or add_on is None:
        return None
    plan, _ = ruling.question.offered
    return filled(address, loaded.profile.id, plan, add_on.meter, add_on.id)


def sender(loaded: Loaded) -> SenderFacts | None:
    found = loaded.catalog.policy.sender
    return None if found is None else SenderFacts(found.name, found.address, found.contact)


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
