"""What the inbox's answers look like, for `/openapi.json`."""

from typing import Any

ITEM: dict[str, Any] = {
    "id": "9b1d0c2f3a4e5b6c7d8e9f0a1b2c3d4e",
    "kind": "usage.threshold",
    "class": "notice",
    "severity": "critical",
    "title": "API calls: 95% of the limit reached",
    "body": "API calls: 9,600/10,000 (96%)\nPeriod: November 1, 2026 to December 1, 2026. Usage then starts again from zero.",
    "meter": "api_calls",
    "threshold": 95,
    "used": 9600,
    "limit": 10000,
    "percent": 96,
    "period_end": "2026-12-01T00:00:00Z",
    "action": None,
    "created_at": "2026-11-22T05:00:00Z",
    "seen_at": None,
    "read_at": None,
    "archived_at": None,
    "resolved_at": None,
    "consequence": "Usage after the limit is recorded as above your limit.",
    "options": ["Use less until December 1, 2026", "Ask Kato (kato@example.com)"],
    "usage_url": "https://app.example.com/usage",
    "lang": "en",
}
COUNTS = {"unread": 2, "unseen": 1}
LIST = {"data": [ITEM], **COUNTS, "next_cursor": None}
ACTIVE = {"data": [ITEM]}
TOKEN = {"token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.…", "expires_at": "2026-11-22T06:00:00Z"}
PREFERENCES = {"email": {"notice": True, "proposal": True}, "in_app": {"proposal": True}}
STREAM = 'id: 84\nevent: created\ndata: {"id":"9b1d…"}\n\nid: 85\nevent: counts\ndata: {"unread":2,"unseen":1}\n\n'


def of(example: object, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers this."""
    return {status: {"description": "Done", "content": {"application/json": {"example": example}}}}
