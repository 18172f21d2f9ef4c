"""A small catalogue, for examples."""

from typing import Any

_METERS = {
    "api_calls": {
        "event": "api.request",
        "aggregation": "count",
        "reset": "period",
        "unit": "call",
        "name": {"en": "API calls", "ja": "API呼び出し"},
    }
}
CATALOGUE: dict[str, Any] = {
    "currency": "USD",
    "thresholds": [80, 90, 95, 100],
    "meters": _METERS,
    "plans": [
        {
            "id": "starter",
            "rank": 1,
            "price": {"month": 49, "year": 588},
            "purchase": "self_serve",
            "limits": {"api_calls": "10K"},
            "support": {"channels": ["email"], "first_response_hours": 48, "csm": "none"},
            "features": ["core"],
        }
    ],
}
