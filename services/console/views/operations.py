"""Does it run, and what must be mended? What the services say of themselves."""

from collections.abc import Mapping
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
    return {
        "away": False,
        "found": found,
        "services": found["services"],
        "stores": stores,
        "lag": lag[:LAGS],
        "lag_sum": sum(one["lag"] or 0 for one in lag),
        "outbox": found["outbox"],
        "channels": found["channels"],
        "parked": found["parked"],
        "unknown": {one["part"]: one["text"] for one in found.get("missing", ())},
        "troubles": _troubles(found, sum(not one["ready"] for _, one in stores)),
    }


def _troubles(found: Mapping[str, Any], stores_away: int) -> int:
    """Causes, not what follows from them: without Kafka no service is ready."""
    services = [
        one
        for one in found["services"]
        if not one["ready"] and not (stores_away and one["instances"])
    ]
    return stores_away + len(services) + len(found["parked"])
