"""Notifications and deliveries as the API shows them (contract.md 5). Pure."""

from collections.abc import Mapping
from typing import Any

from services.notifier.payload import iso, threshold_view


def notification_view(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "key": row["key"],
        "account": row["account"],
        "contact": row["contact"],
        "kind": row["kind"],
        "class": row["class"],
        "meter": row["meter"],
        "threshold": threshold_view(row["threshold"]),
        "created_at": iso(row["created_at"]),
        "proposes": row["proposes"],
        "decision": row["decision"],
        "deliveries": [_of_notification(delivery) for delivery in row["deliveries"]],
    }


def delivery_view(row: Mapping[str, Any]) -> dict[str, Any]:
    about = {"notification": row["notification"], "account": row["account"], "kind": row["kind"], "created_at": iso(row["created_at"])}
    return _of_notification(row) | about


def _of_notification(row: Mapping[str, Any]) -> dict[str, Any]:
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
