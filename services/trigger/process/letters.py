"""Mails that our people sign, as messages to the notifier."""

import msgspec

from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import MailAsked
from services.trigger.proposals.effects.account_facts import base_facts, sender
from shared.messages import Recipient, Tell
from shared.messages.facts import LetterFacts, SignedFacts


def mail(asked: MailAsked, opportunity: str, context: Context) -> Tell:
    """Without a plan or a price: `owner` and addresses are looked up on sending."""
    assert context.loaded is not None, "what is sent is composed of the account"
    facts = msgspec.structs.replace(
        base_facts(context.loaded),
        signed=SignedFacts(opportunity, asked.signer, asked.copy_to),
        letter=LetterFacts(asked.subject, asked.body, context.policy.holidays),
    )
    if asked.cls == "proposal":
        facts = msgspec.structs.replace(facts, sender=sender(context.loaded))
    return Tell(
        key=asked.key,
        kind=asked.kind,
        cls=asked.cls,
        account=context.account.id,
        created_at=context.at,
        facts=facts,
        recipients=tuple(
            Recipient(contact, not_before=asked.not_before) for contact in asked.contacts
        ),
    )
