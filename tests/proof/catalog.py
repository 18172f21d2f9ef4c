"""The catalogue and the accounts of the proof: small limits, so that a few events reach them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.faults.load import CATALOG, account_body, subscription_body
from tests.proof.ledger import LIMITS

_MORE_METERS: dict[str, Any] = {
    "traffic": {
        "event": "api.request",
        "aggregation": "sum",
        "value": "bytes",
        "reset": "period",
        "unit": "byte",
        "name": {"en": "traffic", "ja": "通信量"},
    },
    "seat_changes": {
        "event": "seat.changed",
        "aggregation": "count",
        "reset": "period",
        "unit": "change",
        "name": {"en": "seat changes", "ja": "席の変更"},
    },
}


def catalog() -> dict[str, Any]:
    """That of the fault tests with other limits and more meters. Mails wait for a second only."""
    base: dict[str, Any] = {**CATALOG}
    unlimited: dict[str, Any] = dict.fromkeys((*LIMITS, *_MORE_METERS), "unlimited")
    first, second = base["plans"][:2]
    return base | {
        "meters": {**base["meters"], **_MORE_METERS},
        "plans": [
            {**first, "limits": {**unlimited, **LIMITS}},
            {**second, "limits": unlimited},
        ],
        "policy": {"mail_hold_seconds": 1},
    }


def accounts(names: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    """For `POST /v1/accounts:batch`, each with its subscription, whose period lasts for weeks."""
    subscription = subscription_body(now)
    return [{"id": name, **account_body(name), "subscription": subscription} for name in names]


def company(account: str) -> str:
    """The account's id at the CRM."""
    return str(account_body(account)["external_ids"]["hubspot"])
