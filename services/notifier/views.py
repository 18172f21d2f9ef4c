"""Notifications and deliveries as the API shows them."""

from collections.abc import Mapping
from typing import Any, NotRequired

from typing_extensions import TypedDict

from services.notifier.channels.names import ChannelName
from services.notifier.delivery.payload import proposed, threshold_view
from services.notifier.delivery.preview import DeliveryMessage, Preview
from services.notifier.rows import State
from shared.answers import MomentText, ThresholdShown
from shared.messages import MessageClass
from shared.messages.facts import read_threshold
from shared.values.moments import iso


class ChannelDelivery(TypedDict):
    """One message to one recipient over one channel, and its progress."""

    id: str
    channel: ChannelName
    recipient: str | None
    state: State
    attempts: int
    next_attempt_at: MomentText | None
    last_error: str | None
    delivered_at: MomentText | None


class Delivery(ChannelDelivery):
    """A delivery with its notification's account and kind. `account_name`: null once the account is
    gone.
    """

    notification: str
    account: str
    account_name: str | None
    kind: str
    created_at: MomentText | None


class DeliveryAttempt(TypedDict):
    """`answer`: what its receiver said, or why there was none. `state`: of the delivery then."""

    at: MomentText
    outcome: str
    answer: str | None
    state: State


class DeliveryDetail(Delivery):
    """`history`: the newest thirty attempts, oldest first. `message`: what is sent. `unwanted`: why
    it would not be sent now.
    """

    deadline_at: MomentText
    history: list[DeliveryAttempt]
    message: DeliveryMessage | None
    unwanted: str | None


_Class = TypedDict("_Class", {"class": MessageClass})


class Notification(_Class):
    """A message to one contact (null: for the CRM or the webhook).

    `proposes`: the plan that it offers. `proposes_add_on`: the add-on that it offers.
    """

    id: str
    key: str
    account: str
    contact: str | None
    kind: str
    meter: str | None
    threshold: ThresholdShown | None
    created_at: MomentText
    proposes: str | None
    proposes_add_on: str | None
    decision: str | None
    deliveries: list[ChannelDelivery]


class Notifications(TypedDict):
    """A page of notifications."""

    data: list[Notification]
    next_cursor: str | None


class Deliveries(TypedDict):
    """A page of deliveries. `total` if it was asked for: 10001 stands for more than 10,000."""

    data: list[Delivery]
    next_cursor: str | None
    total: NotRequired[int]


def notification_view(row: Mapping[str, Any]) -> Notification:
    return {
        "id": row["id"],
        "key": row["key"],
        "account": row["account"],
        "contact": row["contact"],
        "kind": row["kind"],
        "class": row["class"],
        "meter": row["meter"],
        "threshold": threshold_view(read_threshold(row["threshold"])),
        "created_at": iso(row["created_at"]),
        **proposed(row["proposes"], row["add_on"]),
        "decision": row["decision"],
        "deliveries": [_of_notification(delivery) for delivery in row["deliveries"]],
    }


def delivery_view(row: Mapping[str, Any]) -> Delivery:
    return {
        **_of_notification(row),
        "notification": row["notification"],
        "account": row["account"],
        "account_name": row["account_name"],
        "kind": row["kind"],
        "created_at": iso(row["created_at"]),
    }


def delivery_detail(row: Mapping[str, Any], found: Preview) -> DeliveryDetail:
    return {
        **delivery_view(row),
        "deadline_at": iso(row["deadline_at"]),
        "history": list(row["tried"]),
        "message": found.message,
        "unwanted": found.unwanted,
    }


def _of_notification(row: Mapping[str, Any]) -> ChannelDelivery:
    return {
        "id": row["id"],
        "channel": row["channel"],
        "recipient": row["recipient"],
        "state": row["state"],
        "attempts": row["attempts"],
        "next_attempt_at": iso(row["next_attempt_at"]),
        "last_error": row["last_error"],
        "delivered_at": iso(row["delivered_at"]),
    }
