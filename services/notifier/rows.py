"""The rows of a message: one `notification` per recipient, one `delivery` per channel of each.

Their ids are derived from the message, so a replay finds them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from services.notifier.messages import KeptFacts
from shared.messages.facts import AbsoluteThreshold

State = Literal[
    "queued", "sending", "retrying", "delivered", "unknown", "cancelled", "suppressed", "dead"
]

IN_APP, EMAIL, WEBHOOK, HUBSPOT = "in_app", "email", "webhook", "hubspot"
STATES: tuple[State, ...] = get_args(State)

CRM_RECIPIENT = "crm"


@dataclass(frozen=True, slots=True)
class NotificationRow:
    id: str
    key: str
    recipient: str
    account: str
    contact: str | None
    kind: str
    cls: str
    meter: str | None
    threshold: int | AbsoluteThreshold | None
    alert: str | None
    decision: str | None
    proposes: str | None
    facts: KeptFacts
    task: Mapping[str, Any] | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    id: str
    notification: str
    account: str
    contact: str | None
    channel: str
    lane: str
    alert: str | None
    task: str | None
    state: State
    next_attempt_at: datetime | None
    deadline_at: datetime
    last_error: str | None
    created_at: datetime
    cause: str | None = None  # why it is not sent, where something follows from it


@dataclass(frozen=True, slots=True)
class Item:
    """An in-app copy to write now. `plain`: without the offer; the reader has muted proposals."""

    id: str  # the notification's
    account: str
    contact: str
    alert: str | None
    plain: bool
    created_at: datetime


def contact_recipient(contact: str) -> str:
    return f"contact:{contact}"
