"""The records of both topics, and the topics' names. Pure.

Amounts travel as decimal strings inside `plimsoll.messages` (internal), and as JSON numbers in
`usage.totals` (a public contract). A reader ignores unknown fields: during a rolling deploy both
versions read each other's records.
"""

from datetime import datetime
from typing import Generic, Literal, get_args

import msgspec
from msgspec import UNSET, UnsetType
from typing_extensions import TypeVar

from shared.messages.facts import AbsoluteThreshold, Facts

USAGE_EVENTS = "usage.events"
ACCOUNT_EVENTS = "account.events"
USAGE_TOTALS = "usage.totals"
MESSAGES = "plimsoll.messages"
TOPICS = (USAGE_EVENTS, ACCOUNT_EVENTS, USAGE_TOTALS, MESSAGES)

COUNTED_HERE = ("counted-by", b"plimsoll")
"""Header of totals that our own ingest counted: `usage_total` has them already, or no longer, so
the record is only a hint to look.
"""

MessageClass = Literal["notice", "proposal", "internal"]
CLASSES: tuple[MessageClass, ...] = get_args(MessageClass)
Priority = Literal["low", "medium", "high"]
Kind = Literal[
    "usage.threshold",
    "usage.resolved",
    "feature.gated",
    "upgrade.proposal",
    "person.message",
    "handoff.intro",
    "crm.task",
    "opportunity.changed",
    "task.changed",
]


F = TypeVar("F", default=Facts)
"""The facts: `Facts` as trigger builds them; the notifier reads them only when it needs them."""


class Recipient(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contact who is notified. The address is looked up on sending, so that no message carries
    one.
    """

    contact: str
    # What this recipient's copy offers: a plan or an add-on, per facts.proposal; None: a plain
    # notice.
    proposes: str | None = None
    not_before: datetime | None = None  # a proposal waits for business hours; a notice never waits


class Owner(msgspec.Struct, frozen=True):
    """Whom a task belongs to. A reader takes what there is of it."""

    role: Literal["cs", "sales"] = "cs"
    id: str = ""
    name: str = ""
    email: str | UnsetType = UNSET


class Task(msgspec.Struct, frozen=True, omit_defaults=True):
    """The task of a CSM or seller, as it shall be now. One per `key` while open: created, changed,
    then completed by its `state`, or by `Closed`.
    """

    # sha256 of account|meter|alert that opened it (or of account|purpose for remedies), 32 hex
    # digits
    key: str
    purpose: str  # "usage" | "remedy" | "opportunity"
    priority: Priority
    owner: Owner | None = None
    # None in messages that predate due dates by priority: computed from the message's time.
    due_at: datetime | None = None
    eases: bool = False  # there is less to do than before: the existing due date stays
    # 0 in messages that predate the log of tasks: then a raise changes what it has to, no more.
    revision: int = 0
    state: str = ""  # the task's own, such as "snoozed" or "closed_success"
    snoozed_until: datetime | None = None
    # The newest revisions at which there was more to do, and at which it was reopened.
    raised: int = 0
    reopened: int = 0


class Tell(msgspec.Struct, Generic[F], frozen=True, omit_defaults=True, tag="tell"):
    """Notifies each recipient once: the notifier's rows are unique by (`key`, recipient)."""

    key: str
    kind: Kind
    cls: MessageClass
    account: str
    created_at: datetime
    facts: F  # everything the text needs
    recipients: tuple[Recipient, ...] = ()
    task: Task | None = None
    webhook: bool = False  # also to the webhook channel, once
    meter: str | None = None
    threshold: int | AbsoluteThreshold | None = None  # percent, or {"at": "9000000000"}
    alert: str | None = None
    decision: str | None = None
    proposes: str | None = None
    received_at: datetime | None = (
        None  # when the event that caused it was received: for the latency metric
    )
    # How long its mails wait for a higher threshold, which then replaces them.
    mail_hold_seconds: int = 0


class ClosedAlert(msgspec.Struct, frozen=True, omit_defaults=True):
    alert: str
    state: Literal["superseded", "resolved"]
    resolution: str | None = None


class Closed(msgspec.Struct, Generic[F], frozen=True, omit_defaults=True, tag="closed"):
    """Alerts that a higher one superseded or that were cured: cancel waiting deliveries, resolve
    inbox items.

    `cured`: complete the task of this meter.
    """

    key: str
    account: str
    meter: str
    at: datetime
    alerts: tuple[ClosedAlert, ...]
    cured: bool  # no alert of this account and meter is still open
    facts: F | None = None  # None: the meter is in no catalogue any more


class People(msgspec.Struct, frozen=True, omit_defaults=True, tag="people"):
    """The contacts of an account, their roles or addresses have changed: the reader looks up the
    current ones.

    `withdrawn`: messages with an unsent mail whose recipient must no longer be mailed.
    """

    key: str
    account: str
    at: datetime
    withdrawn: tuple[str, ...] = ()


Message = Tell[Facts] | Closed[Facts] | People


class TotalPeriod(msgspec.Struct, frozen=True):
    start: datetime
    end: datetime


class Total(msgspec.Struct, frozen=True):
    """An absolute total of one account and meter. A record that is not newer by (epoch, revision)
    changes nothing: at-least-once is enough.
    """

    account: str
    meter: str
    period: TotalPeriod | None
    used: msgspec.Raw  # a JSON number; exact, see shared/values/quantities.py
    last_event_at: datetime | None
    revision: int
    epoch: int = 0
    received_at: datetime | None = None
