"""The mail in which the CSM introduces Sales to the customer (R-175)."""

from collections.abc import Iterable, Iterator, Mapping

from services.trigger.accounts import Contact
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import MailAsked
from shared.messages.facts import SaidFacts
from shared.wording import sentence

DECIDING = ("decision_maker", "champion")


def readers(contacts: Iterable[Contact]) -> tuple[str, ...]:
    """Who decides and who speaks for us there, else who owns the account; one per address."""
    reachable = [one for one in contacts if one.email]
    chosen = [one for one in reachable if one.role in DECIDING]
    found = chosen or [one for one in reachable if one.role == "owner"]
    return tuple({one.mailbox: one.id for one in reversed(found)}.values())[::-1]


def introduction(
    signer: tuple[str, str],
    to: tuple[str, str],
    next_step: Mapping[str, str],
    key: str,
    context: Context,
) -> MailAsked | None:
    """`signer`, `to`: id and name. None: nobody there has an address."""
    contacts = readers(context.account.contacts)
    if not contacts:
        return None
    names = {"from": signer[1], "to": to[1], "next": dict(_next(next_step, context))}
    return MailAsked(
        kind="handoff.intro",
        cls="notice",
        contacts=contacts,
        subject=SaidFacts("handoff.intro.subject", {"to": to[1]}),
        body=(SaidFacts("handoff.intro.body", names),),
        key=key,
        signer=signer[0],
        copy_to=to[0],
    )


def _next(step: Mapping[str, str], context: Context) -> Iterator[tuple[str, str]]:
    """In both languages; the day only as long as it is to come."""
    key, due = f"handoff.next.{step['type']}", step["due"]
    for language in ("en", "ja"):
        what = sentence(key, {}, language)
        if due < context.today.isoformat():
            yield language, what
        else:
            yield language, sentence("handoff.next.by", {"what": what, "due": due}, language)
