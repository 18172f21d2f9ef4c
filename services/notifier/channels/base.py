"""The interface of channels: a claimed delivery in, an outcome out.

Expected failures are values; a channel raises only for bugs.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, runtime_checkable

from services.notifier.messages import KeptFacts

LONGEST_REASON = 300


Receiver = Literal["contact", "crm", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What addressing has to know of a channel.

    `receiver`: a `contact` who may buy, each for themselves; the `crm`, which gets an account's
    tasks one after another; a `system`, which gets each message once. `deadline`: how long after a
    message is due it is still worth sending.
    """

    name: str
    receiver: Receiver
    deadline: timedelta


@dataclass(frozen=True, slots=True)
class TaskThere:
    """A task as a CRM has it, as far as known. `owner`: the CRM's id, empty for nobody."""

    status: Literal["open", "in_progress", "done"] | None = None
    due_at: datetime | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has it. `note`: something noteworthy, shown as the delivery's `last_error`."""

    external_id: str | None = None  # the CRM's id of the task
    note: str | None = None
    owner: str | None = None  # of the task in Plimsoll, if the CRM was told
    unlinked: bool | None = None  # whether the task has no company because the CRM does not know it
    wrote: TaskThere = TaskThere()  # what the CRM was made to have


@dataclass(frozen=True, slots=True)
class Failed:
    """Certainly not delivered; retried by the schedule."""

    reason: str
    retry_after: timedelta | None = None
    destination: bool = True  # the destination's fault, not this message's: the breaker counts it


@dataclass(frozen=True, slots=True)
class Throttled:
    """The receiver asks all senders to wait: no attempt is used up."""

    reason: str
    wait: timedelta


@dataclass(frozen=True, slots=True)
class Refused:
    """Not delivered, and never will be."""

    reason: str
    bounce: bool = False  # the address itself is refused


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Handed over without a reply: the receiver may have it.

    `again`: "safely" if the receiver recognises a repetition, "once" if it does not, "never" if not
    even one duplicate is acceptable.
    """

    reason: str
    again: Literal["safely", "once", "never"]


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """Our credentials or settings are refused: nothing can be sent until they change."""

    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The receiver no longer accepts anything: the channel is disabled."""

    reason: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The claim was lost before the handover: nothing was sent, nothing is recorded."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A bug before the handover: the account's deliveries wait, and no attempt is used up."""

    reason: str
    part: str
    error: Exception


Outcome = (
    Delivered
    | Failed
    | Throttled
    | Refused
    | Unanswered
    | Misconfigured
    | Gone
    | Withdrawn
    | Broken
)


@dataclass(frozen=True, slots=True)
class Contact:
    id: str
    name: str
    email: str
    role: str
    locale: str
    mailbox: bytes | None = None
    address_given_at: datetime | None = None  # None: with the account, or too long ago to know


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of our own people, as they are called when a mail is sent."""

    id: str | None
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process may send, with all it needs, read in the claim's transaction."""

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
    facts: KeptFacts
    task: Mapping[str, Any] | None = None
    contact: Contact | None = None
    told_at: datetime | None = None  # when its message was created, with its figures
    alert_row: Mapping[str, Any] | None = None
    company: str | None = None  # the account's id in the CRM
    external_id: str | None = None  # the task's id in the CRM, once known
    was_parked: bool = False  # the account's deliveries were parked when this one was claimed
    task_in_doubt: bool = False  # an earlier delivery of the same task was not answered
    told_owner: str | None = None  # the task's owner in Plimsoll as last sent to the CRM
    told_task: Mapping[str, Any] | None = None  # the task as last sent to the CRM
    unlinked: bool = False  # the CRM did not know the task's company
    climbs: bool = False  # its threshold is higher than any the task has shown before
    locale: str = "en"  # the account's
    key: str = ""  # of the message, shared with its other recipients
    address_was_refused: bool = False  # by its server, earlier
    signer: Colleague | None = None  # who signs it now
    copy_to: Colleague | None = None

    @property
    def offers(self) -> bool:
        """Whether it is an offer, or an answer of ours that sells."""
        return self.proposes is not None or self.cls == "proposal"


Begin = Callable[[], Awaitable[bool]]
"""Called right before the point of no return.

It records that the message may have been sent from now on. False: the claim is lost, do not send.
"""


class Channel(Protocol):
    async def send(self, delivery: Claimed, begin: Begin) -> Outcome: ...

    async def test(self, to: str | None) -> Outcome:
        """Sends something harmless that proves the settings."""
        ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class TaskRead:
    """A task as it was read. `modified`: when, in the CRM's own words; `changed_by`: the CRM's id
    of the user.
    """

    there: TaskThere
    modified: str
    modified_at: datetime | None = None
    changed_by: str | None = None


@runtime_checkable
class TaskReader(Protocol):
    """A channel whose tasks can be read back."""

    async def read(self, tasks: Sequence[str]) -> Mapping[str, TaskRead] | Outcome | None:
        """By the CRM's ids, at most `READ_TOGETHER`. Deleted tasks are missing from the answer.
        None: this server has no such request, so that nothing comes back from it.
        """
        ...

    async def email_of(self, id: str, *, is_user: bool) -> str | Outcome | None:
        """Of an owner, or of a user. None if the CRM has no address; an outcome if it failed."""
        ...


READ_TOGETHER = 100


def reason(text: str) -> str:
    """Makes a server's words fit for logs and the API: one line, printable, short."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * LONGEST_REASON])
    return " ".join(line.split())[:LONGEST_REASON]
