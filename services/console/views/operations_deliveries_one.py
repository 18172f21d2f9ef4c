"""One delivery: its attempts, what the receiver said, and what is sent."""

import json
from collections.abc import Mapping
from typing import Any

from services.console.addresses import of
from services.console.views.operations_deliveries import TAGS

_WAITING = frozenset({"queued", "retrying"})
_ENDED = frozenset({"delivered", "cancelled", "sending"})


def view(found: Mapping[str, Any], *, operates: bool) -> dict[str, Any]:
    """`operates`: whether the reader may retry or cancel it."""
    message = found["message"]
    return {
        "one": found,
        "path": of("operations", "deliveries", found["id"]),
        "account": of("accounts", found["account"]),
        "tags": TAGS,
        "message": message,
        "text": "" if message is None else _text(message),
        "mail": of("operations", "deliveries", found["id"], "mail")
        if message is not None and message["html"]
        else "",
        "retries": operates and found["state"] not in _ENDED,
        "cancels": operates and found["state"] in _WAITING,
    }


def _text(message: Mapping[str, Any]) -> str:
    if message["body"] is not None:
        return json.dumps(message["body"], ensure_ascii=False, indent=1, default=str)
    return message["text"] or message["html"] or ""
