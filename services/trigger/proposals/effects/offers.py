"""Offers: they join the notice, or are sent separately."""

from collections.abc import Sequence

import msgspec

from services.trigger.alerts.notices import filled
from services.trigger.judgement.findings.timing import Reader
from services.trigger.judgement.words import proposal
from services.trigger.proposals.effects.account_facts import base_facts, sender
from services.trigger.proposals.effects.basis import Ruling, offered_id, owner_of
from shared.messages import Facts, Recipient, Tell
from shared.messages.facts import AddOnFacts, LinkFacts
from shared.values.identity import identity


def with_proposal(ruling: Ruling, notice: Tell, joined: set[str]) -> Tell:
    facts = msgspec.structs.replace(notice.facts, add_on=_way_out(ruling), task=ruling.lines)
    task = notice.task and msgspec.structs.replace(
        notice.task, owner=owner_of(ruling, notice.task.owner)
    )
    if not joined:
        return msgspec.structs.replace(notice, facts=facts, task=task)
    proposes = offered_id(ruling)
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


def separate_proposal(ruling: Ruling, apart: Sequence[Reader]) -> Tell:
    """A separate message, created immediately; it waits for business hours if it has to."""
    decision, proposes = ruling.decision, offered_id(ruling)
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


def _add_on_link(ruling: Ruling) -> str | None:
    """Where to buy the add-on: the catalogue's `add_on` link, otherwise where plans are bought."""
    add_on, loaded = ruling.question.add_on, ruling.loaded
    address = loaded.catalog.links.get("add_on") or loaded.catalog.links.get("upgrade")
    if address is None or add_on is None:
        return None
    plan, _ = ruling.question.offered
    return filled(address, loaded.profile.id, plan, add_on.meter, add_on.id)
