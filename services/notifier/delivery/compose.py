"""Composes a delivery's text for its reader: facts in, sentences of `shared.wording` out."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.notifier.channels.base import Claimed
from services.notifier.channels.email import Mail
from services.notifier.channels.hubspot.draft import Logged, Part, TaskOrder
from services.notifier.unsubscribe.link import Right
from shared.values.identity import identity
from shared.values.periods import task_due
from shared.wording import TaskText, mail_text, sentence, task_text
from shared.wording.mail import OfferLinks

UnsubscribeUrl = Callable[[Right], str]
"""The address where a contact can refuse proposals."""

LinksOfOffer = Callable[[str], OfferLinks]
"""By the id of a notification."""


_DATED_AFTER = timedelta(minutes=10)
"""A mail that waited longer than this says how old its figures are: they match the inbox item, not
the time of sending."""


def mail(
    delivery: Claimed,
    unsubscribe_url: UnsubscribeUrl,
    now: datetime,
    links: LinksOfOffer = lambda _: OfferLinks(),
) -> Mail:
    """Only mails with an offer carry the unsubscribe link. What a person signs comes from them."""
    contact = delivery.contact
    assert contact is not None
    read = delivery.told_at or delivery.created_at
    refuse = (
        unsubscribe_url(Right(delivery.account, contact.id, contact.mailbox))
        if delivery.offers
        else None
    )
    text = mail_text(
        delivery.kind,  # type: ignore[arg-type]
        delivery.cls,  # type: ignore[arg-type]
        delivery.facts.read(),
        contact.name,
        contact.role,
        contact.locale,
        refuse,
        read if now - read > _DATED_AFTER else None,
        None if refuse is None else links(delivery.notification),
    )
    signed = delivery.signer if delivery.facts.is_signed else None
    return Mail(contact.email, contact.name, text, refuse, signed, delivery.copy_to)


def task_order(delivery: Claimed) -> TaskOrder:
    task: dict[str, Any] = dict(delivery.task or {})
    facts = delivery.facts.read()
    due_at = _later(
        _due_at(task, delivery.created_at, facts.account.time_zone), task.get("snoozed_until")
    )

    def worded(due: datetime) -> TaskText:
        return task_text(facts, delivery.locale, None if task["action"] == "complete" else due)

    text = worded(due_at)
    owner = task.get("owner") or {}
    return TaskOrder(
        key=task["key"],
        action=task["action"],
        subject=text.subject,
        body=text.body,
        priority=task["priority"],
        due_at=due_at,
        body_for=lambda due: worded(due).body,
        owner_email=owner.get("email"),
        account=f"{facts.account.name} ({delivery.account})",
        owner=_owner_key(owner),
        climbs=delivery.climbs,
        eases=task.get("eases", False),
        notes=_notes(owner, delivery.company, delivery.locale),
        log=_log(task, delivery.told_task) if task.get("revision") else None,
    )


def _log(task: Mapping[str, Any], told: Mapping[str, Any] | None) -> Logged:
    """`told`: the task as the CRM was told last; None: never."""
    known = told or {}
    revision, is_begun = known.get("revision", 0), task.get("state") == "in_progress"
    return Logged(
        raises=task.get("raised", 0) > revision,
        reopens=task.get("reopened", 0) > revision,
        begun=is_begun,
        starts=is_begun and known.get("state") != "in_progress",
        moves=told is None or _planned(task) != _planned(known),
    )


def _planned(task: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return task.get("due_at"), task.get("snoozed_until")


def _later(due: datetime, snoozed: str | None) -> datetime:
    return due if snoozed is None else max(due, datetime.fromisoformat(snoozed))


def _due_at(task: Mapping[str, Any], created_at: datetime, time_zone: str) -> datetime:
    """The due date counts from the creation of the task, however late it is delivered."""
    if task.get("due_at"):
        return datetime.fromisoformat(task["due_at"])
    return task_due(created_at, task["priority"], time_zone)


def _owner_key(owner: Mapping[str, str]) -> str | None:
    """A digest for comparison only: the task keeps no personal data."""
    known = owner.get("id") or owner.get("email", "").lower()
    return identity("owner", known) if known else None


def _notes(owner: Mapping[str, str], company: str | None, locale: str) -> Mapping[Part, str]:
    name = owner.get("name") or owner.get("email")
    found: dict[Part, str] = (
        {"owner": sentence("crm.no_owner", {"owner": {"name": name}}, locale)} if name else {}
    )
    return (
        found | {"company": sentence("crm.no_company", {"company": company}, locale)}
        if company
        else found
    )
