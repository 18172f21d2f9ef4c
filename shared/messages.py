"""The records that services send each other: `usage.totals` (from ingest or another engine) and `plimsoll.messages` (trigger to notifier).

Amounts travel as decimal strings inside `plimsoll.messages` (internal), and as JSON numbers in `usage.totals` (a public contract).
A reader ignores fields that it does not know: during a rolling deploy both versions read each other's records.
"""

from datetime import datetime
from typing import Any, Literal, get_args

import msgspec

USAGE_EVENTS = "usage.events"
ACCOUNT_EVENTS = "account.events"
USAGE_TOTALS = "usage.totals"
MESSAGES = "plimsoll.messages"
TOPICS = (USAGE_EVENTS, ACCOUNT_EVENTS, USAGE_TOTALS, MESSAGES)

COUNTED_HERE = ("counted-by", b"plimsoll")
"""A header of totals that our own ingest counted: they stand in `usage_total` already, or are there no more, and are only looked at."""

MessageClass = Literal["notice", "proposal", "internal"]
CLASSES: tuple[MessageClass, ...] = get_args(MessageClass)
Kind = Literal["usage.threshold", "usage.resolved", "feature.gated", "upgrade.proposal", "crm.task"]


class Recipient(msgspec.Struct, frozen=True, omit_defaults=True):
    """One contact who is told. The address is looked up when sending, so that no message carries one."""

    contact: str
    proposes: str | None = None  # what this reader's copy offers: a plan or an add-on, as facts.proposal says; None: a plain notice
    not_before: datetime | None = None  # a proposal waits for business hours; a notice never waits


class Task(msgspec.Struct, frozen=True, omit_defaults=True):
    """The CSM's (or seller's) task. One per `key` while open: created, then raised, then completed by `Closed`."""

    key: str  # sha256 of account|meter|alert that opened it (or of account|purpose for remedies), 32 hex digits
    purpose: str  # "usage" | "remedy" | "opportunity"
    priority: Literal["low", "medium", "high"]
    owner: dict[str, str] | None = None  # {"role": "cs" | "sales", "id", "name", "email"}
    due_at: datetime | None = None  # None, from before tasks were due by their priority: computed from when the message was made
    eases: bool = False  # there is less to do than before: what stands keeps its due date


class Tell(msgspec.Struct, frozen=True, omit_defaults=True, tag="tell"):
    """Tell somebody something, once: the notifier's rows are unique by (`key`, recipient)."""

    key: str
    kind: Kind
    cls: MessageClass
    account: str
    created_at: datetime
    facts: dict[str, Any]  # all that is needed to put it into words: docs/data.md, "Facts of a message"
    recipients: tuple[Recipient, ...] = ()
    task: Task | None = None
    webhook: bool = False  # also to the webhook channel, once
    meter: str | None = None
    threshold: int | dict[str, str] | None = None  # percent, or {"at": "9000000000"}
    alert: str | None = None
    decision: str | None = None
    proposes: str | None = None
    received_at: datetime | None = None  # when the event that caused it was received: for the latency metric
    mail_hold_seconds: int = 0  # so long its mails wait for a higher threshold, which then takes their place


class ClosedAlert(msgspec.Struct, frozen=True, omit_defaults=True):
    alert: str
    state: Literal["superseded", "resolved"]
    resolution: str | None = None


class Closed(msgspec.Struct, frozen=True, omit_defaults=True, tag="closed"):
    """Alerts that a higher one took over or that were cured: cancel what waits, resolve inbox items.

    `cured`: complete the task of this meter.
    """

    key: str
    account: str
    meter: str
    at: datetime
    alerts: tuple[ClosedAlert, ...]
    cured: bool  # no alert of this account and meter is open any more
    facts: dict[str, Any] = {}


class People(msgspec.Struct, frozen=True, omit_defaults=True, tag="people"):
    """The contacts of an account are others than before, or have other roles or addresses: who is one now is looked up when it is read.

    `withdrawn`: messages of which a mail was not sent, because its reader is not to be mailed any more.
    """

    key: str
    account: str
    at: datetime
    withdrawn: tuple[str, ...] = ()


Message = Tell | Closed | People


class TotalPeriod(msgspec.Struct, frozen=True):
    start: datetime
    end: datetime


class Total(msgspec.Struct, frozen=True):
    """An absolute total of one account and meter. What is not newer by (epoch, revision) changes nothing: at-least-once is enough."""

    account: str
    meter: str
    period: TotalPeriod | None
    used: msgspec.Raw  # a JSON number; exact, see shared/quantities.py
    last_event_at: datetime | None
    revision: int
    epoch: int = 0
    received_at: datetime | None = None
