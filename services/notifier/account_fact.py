"""A fact about an account, as any other source would send it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.kafka.clients import Outgoing
from shared.messages import ACCOUNT_EVENTS
from shared.values.moments import iso


def account_fact(
    source: str, id: str, type_: str, account: str, at: datetime, data: Mapping[str, Any]
) -> Outgoing:
    """Counts once per account, `source` and `id`."""
    event = {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": type_,
        "subject": account,
        "time": iso(at),
        "data": data,
    }
    return Outgoing(
        ACCOUNT_EVENTS,
        account.encode(),
        json.dumps(event).encode(),
        (("content-type", b"application/cloudevents+json"),),
    )
