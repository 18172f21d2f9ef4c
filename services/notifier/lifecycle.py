"""The states of a delivery: what an outcome does to it, and whether to send it at all. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.notifier.addressing import MAIL_ROLES, MUTED
from services.notifier.channels.base import (
    Broken,
    Claimed,
    Delivered,
    Failed,
    Gone,
    Misconfigured,
    Outcome,
    Refused,
    Throttled,
    Unanswered,
)
from services.notifier.rows import EMAIL, State
from services.notifier.schedule import next_attempt
from shared.values.roles import BUYERS

Cause = Literal["contact_gone", "not_mailed", "muted", "no_address", "same_mailbox"]
"""Why a mail was not sent, where something follows from it. Stored beside the words of the reason.
"""

OVER = frozenset({"withdrawn", "superseded", "declined", "expired", "closed"})
"""States of a proposal that nobody is to read any more; `closed`: its deal is."""

HANDED_OVER: frozenset[Cause] = frozenset({"contact_gone", "not_mailed"})
"""Reasons not to send a mail after which contacts who became mailable may get it instead."""

LEAVES_THE_MAILBOX: frozenset[Cause] = HANDED_OVER | {"muted", "no_address"}
"""Reasons not to send a mail that another contact at the same mailbox may still want."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is written to the row after an attempt."""

    state: State
    attempts: int
    step: int
    in_doubt: bool
    repeated: bool
    next_attempt_at: datetime | None
    last_error: str | None


def settle(
    delivery: Claimed, outcome: Outcome, *, begun: bool, now: datetime, jitter: float
) -> Change:
    """Returns what an outcome changes. Not for Withdrawn, which changes nothing.

    `delivery`: as it was claimed. `begun`: whether it was handed over. `jitter`: a random number in
    [0, 1).
    """
    match outcome:
        case Delivered(note=note):
            repeated = delivery.repeated or (begun and delivery.in_doubt)
            return Change(
                "delivered", delivery.attempts, delivery.step, False, repeated, None, note
            )
        case Refused(reason=reason) | Gone(reason=reason):
            return _end(delivery, "dead", reason)
        case Misconfigured(reason=reason) | Broken(reason=reason):
            return _uncounted(delivery, reason, now)
        case Throttled(reason=reason, wait=wait):
            # A receiver that asks for more time than is left gets one last attempt at the deadline.
            return _later(
                delivery,
                reason,
                min(now + wait, delivery.deadline_at) if now < delivery.deadline_at else None,
                delivery.step,
            )
        case Failed(reason=reason, retry_after=asked):
            return _by_schedule(delivery, reason, now, jitter, asked)
        case Unanswered():
            return _unanswered(delivery, outcome, now, jitter)
    raise AssertionError(f"{outcome!r} does not settle a delivery")


def _uncounted(delivery: Claimed, reason: str, now: datetime) -> Change:
    """Not this message's fault: it waits, and the attempt does not count."""
    return Change(
        "retrying" if delivery.attempts > 1 else "queued",
        delivery.attempts - 1,
        delivery.step,
        delivery.in_doubt,
        delivery.repeated,
        now,
        reason,
    )


def _unanswered(delivery: Claimed, outcome: Unanswered, now: datetime, jitter: float) -> Change:
    """`once`: after a second attempt without an answer it ends, or a third copy could follow."""
    if outcome.again == "never" or (outcome.again == "once" and delivery.in_doubt):
        return _end(delivery, "unknown", outcome.reason, in_doubt=True, repeated=delivery.in_doubt)
    change = _by_schedule(delivery, outcome.reason, now, jitter, None)
    return Change(
        "unknown" if change.state == "dead" else change.state,
        change.attempts,
        change.step,
        True,
        delivery.in_doubt,
        change.next_attempt_at,
        change.last_error,
    )


def _by_schedule(
    delivery: Claimed, reason: str, now: datetime, jitter: float, asked: timedelta | None
) -> Change:
    if delivery.by_hand:
        # A manual attempt leaves the schedule unchanged.
        return _later(
            delivery, reason, delivery.resume_at and max(delivery.resume_at, now), delivery.step
        )
    return _later(
        delivery,
        reason,
        next_attempt(now, delivery.step, delivery.deadline_at, jitter, asked),
        delivery.step + 1,
    )


def _later(delivery: Claimed, reason: str, at: datetime | None, step: int) -> Change:
    if at is None:
        return _end(delivery, "unknown" if delivery.in_doubt else "dead", reason)
    return Change(
        "retrying", delivery.attempts, step, delivery.in_doubt, delivery.repeated, at, reason
    )


def _end(
    delivery: Claimed,
    state: Literal["dead", "unknown"],
    reason: str,
    *,
    in_doubt: bool | None = None,
    repeated: bool = False,
) -> Change:
    doubt = delivery.in_doubt if in_doubt is None else in_doubt
    return Change(
        state, delivery.attempts, delivery.step, doubt, delivery.repeated or repeated, None, reason
    )


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What may have changed since the message was created; read in the claim's transaction."""

    channel_on: bool = True
    alert_state: str | None = None  # None: the message is not about an alert
    task_completed: bool = False
    task_changed: bool = False  # a newer change of the task waits, or was sent
    has_account: bool = True
    has_contact: bool = True  # or does not need one
    role: str | None = None  # the contact's current one
    has_address: bool = True
    address_refused: str | None = None  # what the mail server has said since the address was given
    email_notice: bool = True
    email_proposal: bool = True
    in_app_proposal: bool = True
    # The suppression that began while a proposal waited. Never the cap: it counts this proposal.
    held_by: str | None = None
    proposal_state: str | None = None  # of the proposal that it brings, if that has a deal


@dataclass(frozen=True, slots=True)
class Unwanted:
    """`reason`: in words, for people; `cause`: for what follows from it."""

    state: Literal["cancelled", "suppressed", "unknown"]
    reason: str
    cause: Cause | None = None


def unwanted(delivery: Claimed, seen: Circumstances) -> Unwanted | None:
    """Returns why a claimed delivery must not be sent; None: send it.

    A delivery that may have arrived already is not reported as cancelled.
    """
    found = _outdated(delivery, seen) or _unwelcome(delivery, seen)
    if found is not None and delivery.in_doubt:
        return replace(found, state="unknown")
    return found


def _outdated(delivery: Claimed, seen: Circumstances) -> Unwanted | None:
    completes = (delivery.task or {}).get("action") == "complete"
    if not seen.has_account:
        return Unwanted("cancelled", "the account is gone")
    if not seen.channel_on:
        return Unwanted("cancelled", "the channel is off")
    if seen.alert_state not in (None, "open") and not completes:
        return Unwanted("cancelled", f"the alert is {seen.alert_state}")
    if seen.task_changed:
        return Unwanted("cancelled", "a newer change of the task says it all")
    if seen.task_completed and not completes:
        return Unwanted("cancelled", "the task is completed")
    if seen.proposal_state in OVER:
        return Unwanted("cancelled", f"the proposal is {seen.proposal_state}")
    if not seen.has_contact:
        return Unwanted("cancelled", "the contact is gone", "contact_gone")
    return _wrong_role(delivery, seen.role)


def _wrong_role(delivery: Claimed, role: str | None) -> Unwanted | None:
    """What a person signs goes to whom they named; what they wrote, to them in any role."""
    if role is None or delivery.facts.is_letter:
        return None
    if delivery.channel == EMAIL and role not in MAIL_ROLES and not delivery.facts.is_signed:
        reason = "the contact is no longer an owner or a billing admin"
        return Unwanted("cancelled", reason, "not_mailed")
    if delivery.cls == "proposal" and role not in BUYERS:
        return Unwanted("cancelled", "the contact no longer has buying authority")
    return None


def _unwelcome(delivery: Claimed, seen: Circumstances) -> Unwanted | None:
    if not seen.has_address:
        return Unwanted("suppressed", "the contact has no address", "no_address")
    if seen.address_refused is not None and not delivery.by_hand:
        return Unwanted("suppressed", f"the address was refused before: {seen.address_refused}")
    wants_proposals, wants_notices = (
        (seen.email_proposal, seen.email_notice)
        if delivery.channel == EMAIL
        else (seen.in_app_proposal, True)
    )
    if not (wants_proposals if delivery.cls == "proposal" else wants_notices):
        return Unwanted("suppressed", MUTED, "muted")
    if delivery.cls == "proposal" and seen.held_by is not None:
        return Unwanted("suppressed", f"no offers now: {seen.held_by}")
    if (
        delivery.channel == EMAIL
        and delivery.in_doubt
        and delivery.repeated
        and not delivery.by_hand
    ):
        # The process ended during the second handover.
        return Unwanted("unknown", "handed over twice without an answer")
    return None
