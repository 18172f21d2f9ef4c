"""The load of the fault tests: accounts near their limits, events with duplicates, and the expected
results.
"""

import json
import random
import uuid
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_SOLD_BY_PEOPLE: list[dict[str, Any]] = [
    {
        "id": f"desk{rank}",
        "family": "desk",
        "rank": rank,
        "price": {"month": 6000 * rank, "year": 72000 * rank},
        "purchase": "sales_assisted",
        "limits": {"seats": 100 * rank, "api_calls": 1000 * rank},
        "support": {"channels": ["email"], "first_response_hours": 48 // rank, "csm": "none"},
        "features": ["core", "more"][:rank],
    }
    for rank in (1, 2)
]
CATALOG = {
    "currency": "USD",
    "thresholds": [80, 90, 95, 100],
    "meters": {
        "api_calls": {
            "event": "api.request",
            "aggregation": "count",
            "reset": "period",
            "unit": "call",
            "name": {"en": "API calls", "ja": "API呼び出し"},
        },
        "seats": {
            "event": "seat.changed",
            "aggregation": "sum",
            "value": "delta",
            "reset": "never",
            "unit": "seat",
            "name": {"en": "users", "ja": "ユーザー"},
        },
    },
    "plans": [
        {
            "id": f"plan{rank}",
            "rank": rank,
            "price": {"month": 50 * rank, "year": 600 * rank},
            "purchase": "self_serve",
            "limits": {"seats": 100 * rank, "api_calls": 1000 * rank},
            "support": {"channels": ["email"], "first_response_hours": 48 // rank, "csm": "none"},
            "features": ["core", "more"][:rank],
        }
        for rank in (1, 2)
    ]
    + _SOLD_BY_PEOPLE,
}
THRESHOLDS = (80, 90, 95, 100)


@dataclass(frozen=True, slots=True)
class Story:
    """The total usage of one account: `calls` API calls and `seats` seats."""

    account: str
    calls: int
    seats: int

    def reached(self, meter: str) -> tuple[int, ...]:
        used, limit = (self.calls, 1000) if meter == "api_calls" else (self.seats, 100)
        return tuple(threshold for threshold in THRESHOLDS if used * 100 >= limit * threshold)


def stories(events: int, accounts: int) -> list[Story]:
    """Accounts that end just below, exactly at and above their thresholds; their events sum up to
    `events`.
    """
    calls = (799, 800, 899, 900, 949, 950, 999, 1000, 1100, 500)
    seats = (79, 80, 90, 95, 100, 120, 10, 94, 89, 99)
    told = [
        Story(f"acct-{n}", calls[n % len(calls)], seats[(n * 3) % len(seats)])
        for n in range(accounts)
    ]
    rest = events - sum(story.calls + story.seats for story in told)
    assert rest >= 0, "more accounts than events"
    return [*told, Story("unlimited-noise", rest, 0)] if rest else told


def account_body(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "locale": "en-US",
        "time_zone": "UTC",
        "country": "US",
        "contacts": [
            {
                "id": "owner",
                "name": "Olive Owner",
                "email": f"owner@{name}.example",
                "role": "owner",
                "locale": "en-US",
            },
            {
                "id": "member",
                "name": "Max Member",
                "email": f"member@{name}.example",
                "role": "member",
                "locale": "ja-JP",
            },
        ],
        "csm": {"id": "csm", "name": "Kay Kato", "email": "csm@vendor.example"},
        "external_ids": {"hubspot": str(zlib.crc32(name.encode()))},
    }


def subscription_body(now: datetime) -> dict[str, Any]:
    started = (now - timedelta(days=40)).isoformat().replace("+00:00", "Z")
    return {
        "plan": "plan1",
        "started_at": started,
        "anchor": None,
        "interval": "month",
        "quantity": 1,
        "renewal_date": None,
    }


def records(told: Sequence[Story], duplicates: float, seed: int) -> list[tuple[bytes, bytes]]:
    """(key, value) of every event in random order, `duplicates` of them sent again a little later,
    some with a wrong key.
    """
    dice = random.Random(seed)
    now = datetime.now(UTC)
    events = [
        _event(story.account, "api.request", {}, now) for story in told for _ in range(story.calls)
    ]
    events += [
        _event(story.account, "seat.changed", {"delta": 1}, now)
        for story in told
        for _ in range(story.seats)
    ]
    dice.shuffle(events)
    again = dice.sample(range(len(events)), int(len(events) * duplicates))
    order = sorted(
        [(n, 0) for n in range(len(events))]
        + [(min(n + dice.randint(0, 2000), len(events)), 1 + n) for n in again]
    )
    out = []
    for position, repeat in order:
        account, value = events[position] if repeat == 0 else events[repeat - 1]
        key = b"somebody-else" if repeat and dice.random() < 0.1 else account.encode()
        out.append((key, value))
    return out


def _event(account: str, type: str, data: dict[str, Any], now: datetime) -> tuple[str, bytes]:
    body = {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "/load",
        "type": type,
        "subject": account,
        "time": now.isoformat(),
        "data": data,
    }
    return account, json.dumps(body).encode()


def expected_notices(told: Sequence[Story]) -> Counter[tuple[str, str]]:
    """Accounts and meters whose highest reached threshold must have been notified exactly once."""
    return Counter(
        (story.account, meter)
        for story in told
        for meter in ("api_calls", "seats")
        if story.account.startswith("acct") and story.reached(meter)
    )
