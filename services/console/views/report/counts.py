"""How many cases a report is about, and whether there are any. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from services.console.views.report.tables import rows_of
from services.console.views.report.vocabulary import Found


def size(name: str, found: Found) -> int:
    """The n of its percentages."""
    return _SIZES[name](found)


def is_empty(name: str, found: Found) -> bool:
    """Whether the period has nothing to count."""
    if name == "balance":
        return not any(one.get("currency") for one in _currencies(found)) and not rows_of(found)
    if name == "costs":
        return not any(one["proposals"] or one["won"] for one in rows_of(found))
    if name == "handoffs":
        return size(name, found) == 0 and not any(_totals(found)["lost"].values())
    if name in ("plays", "plans"):
        return not any(value for key, value in found.items() if key != "flags")
    return size(name, found) == 0


def _totals(found: Found) -> Mapping[str, Any]:
    told: Mapping[str, Any] = found["totals"]
    return told


def _currencies(found: Found) -> list[Mapping[str, Any]]:
    return list(_totals(found)["currencies"])


def _total(field: str) -> Callable[[Found], int]:
    return lambda found: int(_totals(found)[field])


def _sum(*fields: str) -> Callable[[Found], int]:
    return lambda found: sum(int(one[field]) for one in rows_of(found) for field in fields)


_SIZES: Mapping[str, Callable[[Found], int]] = {
    "amounts": lambda found: sum(one["upsells"] for one in _currencies(found)),
    "attribution": _total("upsells"),
    "balance": _total("n"),
    "case_study": _sum("accounts"),
    "conversion": _total("qualified"),
    "costs": _sum("proposals"),
    "experiment": _sum("accounts"),
    "first_year": _total("accounts"),
    "funnel": _sum("eligible"),
    "handoffs": _sum("requested"),
    "holdout": _sum("accounts"),
    "hygiene": lambda found: len(rows_of(found)),
    "ltv": _sum("accounts"),
    "missed": _total("triggers"),
    "nrr": _sum("accounts"),
    "objections": lambda found: sum(one["raised"] for one in rows_of(found)),
    "owners": _sum("won", "lost"),
    "pipeline": _total("count"),
    "plans": lambda found: sum(one["customers"] for one in found["target"]),
    "plays": _sum("sent"),
    "readiness": lambda found: int(found["asked"]),
    "retention": _sum("n"),
    "thresholds": _sum("notices"),
    "time_to_upsell": _total("accounts"),
}
