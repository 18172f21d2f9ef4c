"""A report: its period, totals, rows, flags and, where it helps, a chart. Figures are the API's."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from services.console.addresses import address, of
from services.console.charts import bars, steps
from services.console.charts.figure import Column, Figure
from services.console.form_values import Typed

NAMES = (
    "balance",
    "conversion",
    "pipeline",
    "funnel",
    "owners",
    "objections",
    "handoffs",
    "missed",
    "hygiene",
    "thresholds",
    "amounts",
    "nrr",
    "attribution",
    "costs",
    "ltv",
    "case_study",
    "first_year",
    "time_to_upsell",
    "retention",
    "holdout",
    "experiment",
    "plays",
    "readiness",
    "plans",
)
WITHOUT_PERIOD = frozenset({"plays", "readiness", "plans"})
BY: Mapping[str, tuple[str, ...]] = {
    "conversion": ("plan", "size", "segment", "owner", "reason"),
    "first_year": ("plan", "size", "segment"),
}
PARAMETERS = ("from", "to", "by", "currency", "family")
_MONEY = re.compile(r"-?\d+(\.\d+)?")
_AMOUNTS = ("year", "sum", "mean", "median", "arpa", "ltv", "start", "end", "brought", "cost")
Say = Callable[..., str]
Cell = dict[str, Any]


def wanted(query: Mapping[str, str]) -> Typed:
    """The report's whole state, as its address has it."""
    found = {name: query.get(name, "").strip()[:100] for name in PARAMETERS}
    return Typed({name: value for name, value in found.items() if value})


def asked(name: str, wish: Mapping[str, str], language: str, time_zone: str) -> dict[str, Any]:
    if name in WITHOUT_PERIOD:
        return {}
    return {**wish, "lang": language, "time_zone": time_zone}


def view(name: str, found: Mapping[str, Any], wish: Mapping[str, str], say: Say) -> dict[str, Any]:
    rows = _rows(found)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    totals = found.get("totals") or {k: v for k, v in found.items() if _is_plain(v)}
    page = of("reports", name)
    return {
        "name": name,
        "found": found,
        "wish": wish,
        "columns": columns,
        "rows": [[cell(column, row.get(column), row) for column in columns] for row in rows],
        "totals": [cell(key, value, totals) for key, value in totals.items() if _is_plain(value)],
        "flags": found.get("flags", ()),
        "low": any(row.get("low_n") for row in [*rows, totals]),
        "figure": figure(name, rows, say),
        "csv": address(page, wish, format="csv") if name not in WITHOUT_PERIOD else "",
        "by": BY.get(name, ()),
        "last_day": last_day(found),
        "page": page,
    }


def _rows(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Of the list that a report has, whatever it is called."""
    listed = found.get("rows")
    if listed is None:
        listed = found.get("data")
    if listed is None:
        listed = next((one for one in found.values() if isinstance(one, list) and one), [])
    return [one for one in listed if isinstance(one, Mapping)]


def _is_plain(value: Any) -> bool:
    return not isinstance(value, list | Mapping)


def last_day(found: Mapping[str, Any]) -> str:
    """The last day of the period, which `to` comes after."""
    if "to" not in found:
        return ""
    return (date.fromisoformat(found["to"]) - timedelta(days=1)).isoformat()


def cell(name: str, value: Any, row: Mapping[str, Any]) -> Cell:
    """`kind` says how it is written; `raw` is as the API has it."""
    raw = "" if value is None else value
    plain = {"name": name, "raw": raw, "value": value, "currency": row.get("currency") or ""}
    return {**plain, "kind": _kind(name, value, row)}


def _kind(name: str, value: Any, row: Mapping[str, Any]) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | Mapping):
        return "text"
    if name.endswith("percent"):
        return "percent"
    if isinstance(value, int | Decimal):
        return "number"
    if _is_amount(name, value, row):
        return "money"
    if name in ("account", "opportunity", "task"):
        return name
    return "moment" if re.fullmatch(r"\d{4}-\d\d-\d\dT.*", value) else "text"


def _is_amount(name: str, value: str, row: Mapping[str, Any]) -> bool:
    named = any(part in name for part in _AMOUNTS)
    return bool(row.get("currency")) and named and _MONEY.fullmatch(value) is not None


def figure(name: str, rows: Sequence[Mapping[str, Any]], say: Say) -> Figure | None:
    """None where a table says it better."""
    match name:
        case "pipeline":
            pairs = [(say(f"stage.{one['stage']}"), one["count"]) for one in rows]
        case "funnel":
            keys = ("eligible", "ready", "engaged", "won")
            pairs = [(say(f"field.{key}"), rows[0][key]) for key in keys] if rows else []
        case "conversion" | "first_year":
            key = "cohort_percent" if name == "conversion" else "percent"
            pairs = [(str(one["key"]), one[key]) for one in rows if one[key] is not None]
        case "retention":
            pairs = [(say(f"arm.{one['arm']}"), one["percent"]) for one in rows if one["percent"]]
        case "time_to_upsell":
            return _survival(name, rows, say)
        case _:
            return None
    return _bars(name, pairs, say)


def _bars(name: str, pairs: Iterable[tuple[str, Any]], say: Say) -> Figure | None:
    found = [(label, Decimal(value)) for label, value in pairs]
    if not found:
        return None
    most = max(found, key=lambda pair: pair[1])
    return Figure(
        name,
        say(f"report.{name}") + ": " + f"{most[0]} {most[1].normalize():f}",
        "",
        bars.draw([(label, value, f"{value.normalize():f}") for label, value in found]),
        [Column(say("what")), Column(say("number"), True)],
        [[(label, label), (value, f"{value.normalize():f}")] for label, value in found],
        height=bars.height(found),
    )


def _survival(name: str, rows: Sequence[Mapping[str, Any]], say: Say) -> Figure | None:
    """The share that has not moved up yet, by days; those that are still young are left as they
    are.
    """
    days = sorted(int(one["days"]) for one in rows if one["days"] is not None)
    if not days or not rows:
        return None
    points = [
        (day, Decimal(100 * (len(rows) - place)) / len(rows)) for place, day in enumerate(days, 1)
    ]
    return Figure(
        name,
        say(f"report.{name}"),
        f"n = {len(rows)}",
        steps.draw(points, number=lambda one: f"{one:f}", days=str),
        [Column(say("field.days"), True), Column(say("field.percent"), True)],
        [[(day, str(day)), (share, f"{share:.1f}")] for day, share in points],
    )
