"""Examples of the inbox's answers, for `/openapi.json`."""

from typing import Any

ITEM: dict[str, Any] = {
    "id": "9b1d0c2f3a4e5b6c7d8e9f0a1b2c3d4e",
    "kind": "usage.threshold",
    "class": "notice",
    "severity": "critical",
    "title": "API calls: 96% used",
    "body": (
        "9,600/10,000 (96%)\nYou have passed 95% of your limit of 10,000.\n"
        "You can keep working; usage above the limit is recorded.\n"
        "The next period starts on December 1, 2026, with usage back at zero.\n"
        "• Use less until the next period starts\n• Ask Kato (kato@example.com)"
    ),
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
    "replaced": False,
    "parts": {
        "amounts": "9,600/10,000 (96%)",
        "bar": {"percent": 96, "mark": 95, "label": "95%", "full": 100},
        "sentence": "You have passed 95% of your limit of 10,000.",
        "reset": "The next period starts on December 1, 2026, with usage back at zero.",
        "offer": [],
        "assumed": None,
    },
    "consequence": "You can keep working; usage above the limit is recorded.",
    "options": ["Use less until the next period starts", "Ask Kato (kato@example.com)"],
    "usage_url": "https://app.example.com/usage",
    "proposes": "pro",
    "lang": "en",
}
COUNTS = {"unread": 2, "unseen": 1}
LIST = {"data": [ITEM], **COUNTS, "next_cursor": None}
ACTIVE = {"data": [ITEM]}
TOKEN = {"token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.…", "expires_at": "2026-11-22T06:00:00Z"}
PREFERENCES = {"email": {"notice": True, "proposal": True}, "in_app": {"proposal": True}}
STREAM = (
    'id: 84\nevent: created\ndata: {"id":"9b1d…"}\n\n'
    'id: 85\nevent: counts\ndata: {"unread":2,"unseen":1}\n\n'
)


def of(example: object, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Returns the `responses` of a route with this example."""
    return {status: {"description": "Done", "content": {"application/json": {"example": example}}}}
