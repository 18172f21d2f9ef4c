"""Does it run, and what must be mended? What the services say of themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.console.addresses import BASE

TABS = ("operations", "rejected", "deliveries", "channels", "keys", "people", "audit")
OPERATORS = frozenset({"operator", "admin"})
AUDITORS = OPERATORS | {"manager"}
_ONLY: Mapping[str, frozenset[str]] = {"keys": OPERATORS, "audit": AUDITORS}
LAGS = 20


def tabs(roles: frozenset[str], current: str) -> list[tuple[str, str, bool]]:
    """(address, name of its words, whether it is shown now): those that this person may see."""
    return [
        (
            f"{BASE}/operations" if name == "operations" else f"{BASE}/operations/{name}",
            name,
            name == current,
        )
        for name in TABS
        if not (only := _ONLY.get(name)) or roles & only
    ]


def view(found: Mapping[str, Any] | None) -> dict[str, Any]:
    """`unknown`: parts that did not answer. Nothing is said of them, least of all that all is
    well.
    """
    if found is None:
        return {"away": True, "troubles": 0}
    lag = sorted(found["lag"], key=lambda one: -(one["lag"] or 0))
    stores = [(name, found[name]) for name in ("postgres", "kafka")]
    away = [name for name, one in stores if not one["ready"]]
    services = _without_a_cause(found["services"], bool(away))
    return {
        "away": False,
        "found": found,
        "services": found["services"],
        "stores": stores,
        "causes": [*(f"store.{name}" for name in away), *(one["name"] for one in services)],
        "lag": lag[:LAGS],
        "lag_sum": sum(one["lag"] or 0 for one in lag),
        "outbox": found["outbox"],
        "channels": found["channels"],
        "parked": found["parked"],
        "unknown": {one["part"]: one["text"] for one in found.get("missing", ())},
        "troubles": len(away) + len(services) + len(found["parked"]),
    }


def _without_a_cause(services: Sequence[Mapping[str, Any]], away: bool) -> list[Mapping[str, Any]]:
    """Those that are not ready of themselves: without Kafka none is. `away`: a store is."""
    return [one for one in services if not one["ready"] and not (away and one["instances"])]
