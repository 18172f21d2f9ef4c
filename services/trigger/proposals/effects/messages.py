"""All that a decision says, and where its tasks belong."""

from datetime import datetime, time, timedelta

from services.trigger.judgement.findings import timing
from services.trigger.judgement.words import proposal, speech
from services.trigger.process.tasks.places import Place
from services.trigger.proposals.effects.basis import (
    Ruling,
    deal_of,
    new_remedies,
    readers_of,
    tells_opportunity,
)
from services.trigger.proposals.effects.offers import separate_proposal, with_proposal
from services.trigger.proposals.effects.tasks import (
    aside_key,
    aside_task,
    opportunity_key,
    opportunity_task,
    remedy_key,
    remedy_task,
)
from shared.messages import Message


def messages(ruling: Ruling) -> tuple[Message, ...]:
    """The notice, possibly with a proposal and the five lines of a task; proposals; tasks."""
    told = readers_of(ruling)
    joined = {reader.contact for reader in told if reader.joined}
    found: list[Message] = []
    if ruling.notice is not None:
        found.append(with_proposal(ruling, ruling.notice, joined))
    apart = [reader for reader in told if not reader.joined]
    if apart:
        found.append(separate_proposal(ruling, apart))
    if tells_opportunity(ruling):
        found.append(opportunity_task(ruling))
    if speech.is_review(ruling.decision) and ruling.decision.cause == "renewal":
        found.append(aside_task(ruling, "review", (proposal.say("next.watch"),)))
    if speech.is_seats_instead(ruling.decision) and ruling.notice is None:
        found.append(aside_task(ruling, "seats", ruling.lines.next_step))
    return (*found, *(remedy_task(ruling, remedy) for remedy in new_remedies(ruling)))


def places(ruling: Ruling) -> dict[str, Place]:
    """By key: where the tasks belong that its messages ask for."""
    found, notice, account = dict[str, Place](), ruling.notice, ruling.decision.account
    deal = deal_of(ruling)
    if notice is not None and notice.task is not None:
        found[notice.task.key] = Place("usage", notice.meter or "", deal.opportunity)
    if tells_opportunity(ruling):
        found[opportunity_key(account, *ruling.question.offered)] = deal
    until = _renewal_past(ruling)
    for reason in ("review", "seats"):
        found[aside_key(ruling, reason)] = Place(reason, until=until)
    for remedy in new_remedies(ruling):
        found[remedy_key(ruling, remedy)] = Place(remedy.task, remedy.gate)
    return found


def _renewal_past(ruling: Ruling) -> datetime | None:
    facts = ruling.question.facts
    if facts.subscription is None:
        return None
    renewal = timing.renewal_date(facts.subscription, facts.account, ruling.decision.at)
    return datetime.combine(renewal + timedelta(days=1), time(), facts.account.zone)
