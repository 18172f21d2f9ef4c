"""Facts of messages as created by trigger, from a catalogue: `told(CASE, "basic", "storage", 9 *
GB, threshold=90)`.
"""

from decimal import Decimal
from typing import Any

from shared.catalog import Catalog, Plan

GB = 10**9
CSM = {"name": "Kato", "email": "kato@example.com"}
SENDER = {
    "name": "青空クラウド株式会社",
    "address": "東京都千代田区1-1",
    "contact": "contact@vendor.example",
}
SEPTEMBER = ("2025-09-01T00:00:00Z", "2025-10-01T00:00:00Z")


def told(
    catalog: Catalog,
    plan: str,
    meter: str,
    used: int | str,
    *,
    threshold: Any,
    name: str = "Aozora",
    **changes: Any,
) -> dict[str, Any]:
    """A plain usage notice; `changes` replace facts."""
    counted = catalog.meters[meter]
    limit = catalog.plans[plan].limit(meter)
    facts = {
        "account": account(name),
        "meter": {
            "id": meter,
            "unit": counted.unit,
            "name": {"en": counted.name.en, "ja": counted.name.ja},
            "reset": counted.reset,
        },
        "used": str(used),
        "limit": None if limit is None else str(limit),
        "percent": int(Decimal(used) * 100 // limit) if limit else None,
        "threshold": threshold,
        "again": False,
        "period": None if counted.is_gauge else {"start": SEPTEMBER[0], "end": SEPTEMBER[1]},
        "plan": {"id": plan, "name": _name(catalog.plans[plan])},
        "links": {
            "upgrade": "https://app.example.com/billing/upgrade?account=a1&plan=next",
            "usage": "https://app.example.com/usage",
        },
        "owner": CSM,
        "admin": {"name": "青空 花子"},
        "proposal": None,
    }
    return {**facts, **changes}


def account(name: str, time_zone: str = "Asia/Tokyo") -> dict[str, Any]:
    return {
        "id": name.lower(),
        "name": name,
        "locale": "ja-JP",
        "time_zone": time_zone,
        "country": "JP",
        "currency": "JPY",
    }


def offered(
    catalog: Catalog, plan: str, meter: str | None = None, **changes: Any
) -> dict[str, Any]:
    """A proposal of the next plan."""
    target = catalog.next_plan(plan)
    assert target is not None
    limit = target.limit(meter) if meter else None
    price = (
        {"month": str(target.price.month), "year": str(target.price.yearly)}
        if target.price
        else None
    )
    proposal = {
        "plan": {
            "id": target.id,
            "name": _name(target),
            "price": price,
            "currency": target.currency,
        },
        "limit": None if limit is None else str(limit),
        "reasons": ["usage_limit"],
        "sentences": [],
        "value": None,
        "self_serve": True,
    }
    return {**proposal, **changes}


def said(key: str, **variables: Any) -> dict[str, Any]:
    return {"key": key, "variables": variables}


def yen(amount: int) -> dict[str, str]:
    return {"amount": str(amount), "currency": "JPY"}


def dollars(amount: int | str) -> dict[str, str]:
    return {"amount": str(amount), "currency": "USD"}


def _name(plan: Plan) -> dict[str, str]:
    return {"en": plan.name.en, "ja": plan.name.ja}


def named(tree: Any, name: str, key: str = "") -> Any:
    """Facts with this in the place of every name that somebody gives."""
    match tree:
        case dict():
            return {key: named(value, name, key) for key, value in tree.items()}
        case list():
            return [named(value, name, key) for value in tree]
        case str() if key in ("name", "en", "ja", "address", "contact"):
            return name
    return tree
