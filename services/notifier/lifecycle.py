"""The states of a delivery: what an outcome makes of it, and whether it is still wanted before it is sent.

Pure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.notifier.addressing import MAIL_ROLES, MUTED
from services.notifier.channels.base import Broken, Claimed, Delivered, Failed, Gone, Misconfigured, Outcome, Refused, Throttled, Unanswered
from services.notifier.rows import EMAIL, State
from services.notifier.schedule import next_attempt
from shared.wording import BUYERS

GONE = "the contact is gone"
NOT_MAILED = "the contact is no longer an owner or a billing admin"
NO_BUYER = "the contact is no longer one who may buy"
NO_ADDRESS = "the contact has no address"

HANDED_OVER = frozenset({GONE, NOT_MAILED})
"""Why a mail is not sent and others get it, who may be mailed since."""

LEAVES_THE_MAILBOX = HANDED_OVER | {MUTED, NO_ADDRESS}
"""Why a mail is not sent although somebody else may want it at the same mailbox."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is written to the row when an attempt is over."""

    state: State
    attempts: int
    step: int
    in_doubt: bool
    repeated: bool
    next_attempt_at: datetime | None
    last_error: str | None


def settle(delivery: Claimed, outcome: Outcome, *, begun: bool, now: datetime, jitter: float) -> Change:
    """`delivery` as it was claimed, `begun` whether it was handed over.

    `jitter`: a random number in [0, 1). Not for Withdrawn: that changes nothing.
    """
    match outcome:
        case Delivered(note=note):
            return Change(
                "delivered", delivery.attempts, delivery.step, False, delivery.repeated or (begun and delivery.in_doubt), None, note
            )
        case Refused(reason=reason) | Gone(reason=reason):
            return _end(delivery, "dead", reason)
        case Misconfigured(reason=reason) | Broken(reason=reason):
            # Not the fault of this message: it waits, and the attempt is not counted.
            state: State = "retrying" if delivery.attempts > 1 else "queued"
            return Change(state, delivery.attempts - 1, delivery.step, delivery.in_doubt, delivery.repeated, now, reason)
        case Throttled(reason=reason, wait=wait):
            # Whoever asks for more time than is left is asked once more at the end of it.
            return _later(delivery, reason, min(now + wait, delivery.deadline_at) if now < delivery.deadline_at else None, delivery.step)
        case Failed(reason=reason, retry_after=asked):
            return _by_schedule(delivery, reason, now, jitter, asked)
        case Unanswered():
            return _unanswered(delivery, outcome, now, jitter)
    raise AssertionError(f"{outcome!r} settles nothing")


def _unanswered(delivery: Claimed, outcome: Unanswered, now: datetime, jitter: float) -> Change:
    """`once`: a second doubt is the last, for a third copy could follow."""
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


def _by_schedule(delivery: Claimed, reason: str, now: datetime, jitter: float, asked: timedelta | None) -> Change:
    if delivery.by_hand:
        # An attempt by hand leaves the schedule where it was.
        return _later(delivery, reason, delivery.resume_at and max(delivery.resume_at, now), delivery.step)
    return _later(delivery, reason, next_attempt(now, delivery.step, delivery.deadline_at, jitter, asked), delivery.step + 1)


def _later(delivery: Claimed, reason: str, at: datetime | None, step: int) -> Change:
    if at is None:
        return _end(delivery, "unknown" if delivery.in_doubt else "dead", reason)
    return Change("retrying", delivery.attempts, step, delivery.in_doubt, delivery.repeated, at, reason)


def _end(
    delivery: Claimed, state: Literal["dead", "unknown"], reason: str, *, in_doubt: bool | None = None, repeated: bool = False
) -> Change:
    doubt = delivery.in_doubt if in_doubt is None else in_doubt
    return Change(state, delivery.attempts, delivery.step, doubt, delivery.repeated or repeated, None, reason)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What may have changed since the message was made; read in the transaction of the claim."""

    channel_on: bool = True
    alert_state: str | None = None  # None: the message is about no alert
    task_completed: bool = False
    has_account: bool = True
    has_contact: bool = True  # or needs none
    role: str | None = None  # the contact's, now
    has_address: bool = True
    address_refused: str | None = None  # what the mail server said of it since it was given
    email_notice: bool = True
    email_proposal: bool = True
    in_app_proposal: bool = True
    held_by: str | None = None  # the suppression that set in while a proposal waited; the cap counts this very proposal, and is none


@dataclass(frozen=True, slots=True)
class Unwanted:
    state: Literal["cancelled", "suppressed", "unknown"]
    reason: str


def unwanted(delivery: Claimed, seen: Circumstances) -> Unwanted | None:
    """Why a claimed delivery is not sent after all; None: send it. What may have arrived already is not called cancelled."""
    found = _outdated(delivery, seen) or _unwelcome(delivery, seen)
    return Unwanted("unknown", found.reason) if found is not None and delivery.in_doubt else found


def _outdated(delivery: Claimed, seen: Circumstances) -> Unwanted | None:
    completes = (delivery.task or {}).get("action") == "complete"
    if not seen.has_account:
        return Unwanted("cancelled", "the account is gone")
    if not seen.channel_on:
        return Unwanted("cancelled", "the channel is off")
    if seen.alert_state not in (None, "open") and not completes:
        return Unwanted("cancelled", f"the alert is {seen.alert_state}")
    if seen.task_completed and not completes:
        return Unwanted("cancelled", "the task is completed")
    if not seen.has_contact:
        return Unwanted("cancelled", GONE)
    if seen.role is not None and delivery.channel == EMAIL and seen.role not in MAIL_ROLES:
        return Unwanted("cancelled", NOT_MAILED)
    if seen.role is not None and delivery.cls == "proposal" and seen.role not in BUYERS:
        return Unwanted("cancelled", NO_BUYER)
    return None


def _unwelcome(delivery: Claimed, seen: Circumstances) -> Unwanted | None:
    if not seen.has_address:
        return Unwanted("suppressed", NO_ADDRESS)
    if seen.address_refused is not None and not delivery.by_hand:
        return Unwanted("suppressed", f"the address was refused before: {seen.address_refused}")
    wants_proposals, wants_notices = (seen.email_proposal, seen.email_notice) if delivery.channel == EMAIL else (seen.in_app_proposal, True)
    if not (wants_proposals if delivery.cls == "proposal" else wants_notices):
        return Unwanted("suppressed", MUTED)
    if delivery.cls == "proposal" and seen.held_by is not None:
        return Unwanted("suppressed", f"nothing is sold now: {seen.held_by}")
    if delivery.channel == EMAIL and delivery.in_doubt and delivery.repeated and not delivery.by_hand:
        # The process ended while it handed the mail over for the second time.
        return Unwanted("unknown", "handed over twice without an answer")
    return None
