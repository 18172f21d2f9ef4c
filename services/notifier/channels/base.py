"""What every channel speaks: a claimed delivery in, one of a few outcomes out.

Expected failures are values; a channel raises only for defects.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has it. `note` is shown as the delivery's `last_error` where something about it is worth knowing."""

    external_id: str | None = None  # the CRM's id of the task
    note: str | None = None
    owner: str | None = None  # of the task in Plimsoll, where the CRM has been told
    unlinked: bool | None = None  # whether the task belongs to no company because the CRM does not know it


@dataclass(frozen=True, slots=True)
class Failed:
    """Not delivered for certain; worth another attempt by the schedule."""

    reason: str
    retry_after: timedelta | None = None
    destination: bool = True  # the fault of the destination, not of this one message: the circuit breaker counts it


@dataclass(frozen=True, slots=True)
class Throttled:
    """The receiver asks everybody to wait: no attempt is used up."""

    reason: str
    wait: timedelta


@dataclass(frozen=True, slots=True)
class Refused:
    """Not delivered, and never will be."""

    reason: str
    bounce: bool = False  # the address itself is refused


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Handed over, but no reply came: the receiver may have it.

    `again`: "safely" where the receiver recognises a repetition, "once" where it does not, "never" where even one repetition could not
    be told apart.
    """

    reason: str
    again: Literal["safely", "once", "never"]


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """Our credentials or settings are refused: nothing will pass until they change."""

    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The receiver wants nothing any more: the channel is turned off."""

    reason: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The delivery was taken from us between the claim and the handing over: nothing was sent, nothing is recorded."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A defect of ours before anything was handed over: the account's deliveries wait, this one costs no attempt."""

    reason: str
    part: str
    error: Exception


Outcome = Delivered | Failed | Throttled | Refused | Unanswered | Misconfigured | Gone | Withdrawn | Broken


@dataclass(frozen=True, slots=True)
class Contact:
    id: str
    name: str
    email: str
    role: str
    locale: str
    mailbox: bytes | None = None
    address_given_at: datetime | None = None  # None: with the account, or so long ago that nobody knows


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process may send, with all that it needs, read in the transaction of the claim."""

    id: str
    notification: str
    account: str
    channel: str
    claim: int
    attempts: int
    step: int
    by_hand: bool
    resume_at: datetime | None
    in_doubt: bool
    repeated: bool
    deadline_at: datetime
    created_at: datetime
    kind: str
    cls: str
    alert: str | None
    proposes: str | None
    facts: Mapping[str, Any]
    task: Mapping[str, Any] | None = None
    contact: Contact | None = None
    told_at: datetime | None = None  # when its message was made, and its figures read
    alert_row: Mapping[str, Any] | None = None
    company: str | None = None  # the account's id at the CRM
    external_id: str | None = None  # the task's id at the CRM, once known
    was_parked: bool = False  # the account's deliveries had been set aside when this one was claimed
    task_in_doubt: bool = False  # an earlier delivery of the same task had no answer
    told_owner: str | None = None  # who owns the task in Plimsoll, as the CRM was told last
    unlinked: bool = False  # the CRM did not know the task's company
    climbs: bool = False  # its threshold is higher than those that the task has told before
    locale: str = "en"  # the account's
    key: str = ""  # of the message, which its other recipients get as well
    address_was_refused: bool = False  # by its server, some time before


Begin = Callable[[], Awaitable[bool]]
"""Asked right before the point of no return.

It records that the message may be out from now on; False: the delivery is no longer ours, do not send.
"""


class Channel(Protocol):
    async def send(self, delivery: Claimed, begin: Begin) -> Outcome: ...

    async def test(self, to: str | None) -> Outcome:
        """Sends something harmless that proves the settings."""
        ...

    async def aclose(self) -> None: ...


def reason(text: str) -> str:
    """What a server said, fit for a log line and an API answer: one line, printable, short."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * LONGEST_REASON])
    return " ".join(line.split())[:LONGEST_REASON]
