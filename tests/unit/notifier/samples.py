"""Sample values for the notifier's tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from services.notifier.channels.base import Claimed, Contact
from services.notifier.messages import KeptFacts, Notice
from shared.messages import Recipient, Task, Tell

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

HANAKO = Contact("c1", "青空 花子", "hanako@example.com", "owner", "ja-JP")


def facts(**other: Any) -> dict[str, Any]:
    return {
        "account": {
            "id": "acct-42",
            "name": "Aozora",
            "locale": "ja-JP",
            "time_zone": "Asia/Tokyo",
            "country": "JP",
            "currency": "USD",
        },
        "meter": {
            "id": "api_calls",
            "unit": "call",
            "name": {"en": "API calls", "ja": "API呼び出し"},
            "reset": "period",
        },
        "used": "9600",
        "limit": "10000",
        "percent": 96,
        "threshold": 95,
        "again": False,
        "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
        "plan": {"id": "starter", "name": {"en": "Starter", "ja": "スターター"}},
        "links": {
            "upgrade": "https://app.example.com/upgrade",
            "usage": "https://app.example.com/usage",
        },
        "owner": {"name": "Kato", "email": "kato@example.com"},
        "proposal": None,
    } | other


def tell(**other: Any) -> Notice:
    given: dict[str, Any] = {
        "key": "k1",
        "kind": "usage.threshold",
        "cls": "notice",
        "account": "acct-42",
        "created_at": NOW,
        "facts": facts(),
        "recipients": (Recipient("c1"), Recipient("c2")),
        "meter": "api_calls",
        "threshold": 95,
        "alert": "a95",
        "decision": "d1",
    }
    told = given | other
    return Tell(**(told | {"facts": KeptFacts(told["facts"])}))


def task(**other: Any) -> Task:
    given: dict[str, Any] = {
        "key": "f" * 32,
        "purpose": "usage",
        "priority": "high",
        "owner": {"email": "kato@example.com"},
        "due_at": NOW,
    }
    return Task(**(given | other))


def claimed(**other: Any) -> Claimed:
    base = Claimed(
        id="0123456789abcdef0123456789abcdef",
        notification="n1",
        account="acct-42",
        channel="email",
        claim=1,
        attempts=1,
        step=0,
        by_hand=False,
        resume_at=None,
        in_doubt=False,
        repeated=False,
        deadline_at=NOW + timedelta(hours=24),
        created_at=NOW,
        kind="usage.threshold",
        cls="notice",
        alert="a95",
        proposes=None,
        facts=KeptFacts(other.pop("facts", None) or facts()),
        contact=HANAKO,
    )
    return replace(base, **other)


def headers(**given: str) -> httpx.Headers:
    return httpx.Headers({name.replace("_", "-"): value for name, value in given.items()})
