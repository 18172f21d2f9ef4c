"""A report: its period, finding, chart, totals, rows and flags. Figures are the API's."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from services.console import formats
from services.console.addresses import address, of
from services.console.form_values import Typed
from services.console.views.report import counts
from services.console.views.report.figures import Paper, figures
from services.console.views.report.findings import finding
from services.console.views.report.tables import MAIN, ROWS, tables, totals
from services.console.views.report.vocabulary import Found, Vocabulary

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
MORE = (
    "at",
    "before_from",
    "before_to",
    "currency",
    "experiment",
    "family",
    "ltv_target",
    "window",
)
"""What only the address can say: the form keeps it."""
BY_PAGE = frozenset({"time_to_upsell", "missed", "attribution"})
"""A row for each account or decision: the page asks for those that it shows. What is said of the
whole is in their totals.
"""
PARAMETERS = ("from", "to", "by", *MORE)


def wanted(query: Mapping[str, str]) -> Typed:
    """The report's whole state, as its address has it."""
    found = {name: query.get(name, "").strip()[:100] for name in PARAMETERS}
    return Typed({name: value for name, value in found.items() if value})


def asked(
    name: str, wish: Mapping[str, str], language: str, time_zone: str, start: int = 0
) -> dict[str, Any]:
    """`start`: how many rows were turned over."""
    if name in WITHOUT_PERIOD:
        return {}
    page = {"limit": ROWS, "offset": start} if name in BY_PAGE else {}
    steps = {"curve": "on"} if name == "time_to_upsell" else {}
    return {**wish, **steps, **page, "lang": language, "time_zone": time_zone}


def frame(name: str, wish: Mapping[str, str]) -> dict[str, Any]:
    """What the page has whether the report is there or not."""
    page = of("reports", name)
    return {
        "name": name,
        "page": page,
        "wish": wish,
        "again": address(page, wish),
        "later": address(page, wish, part="report"),
        "csv": address(page, wish, format="csv"),
        "by": BY.get(name, ()),
        "more": [(key, value) for key, value in wish.items() if key in MORE],
        "has_period": name not in WITHOUT_PERIOD,
        "found": None,
        "empty": False,
    }


def view(
    name: str, found: Found, wish: Mapping[str, str], names: Vocabulary, locale: str, start: int = 0
) -> dict[str, Any]:
    """`start`: how many rows were turned over."""
    framed = frame(name, wish)
    paper = Paper(names, locale, period(found, names, locale), framed["csv"])
    told = tables(found, names, start)
    main = next((one for one in told if one["path"] in MAIN), None)
    more = main is not None and main["last"] < main["count"]
    return framed | {
        "found": found,
        "empty": counts.is_empty(name, found),
        "finding": finding(name, found, names),
        "n": counts.size(name, found),
        "period": paper.period,
        "figures": figures(name, found, paper),
        "totals": totals(found, names),
        "tables": [one for one in told if one["path"] != "totals.curve"],
        "next": address(framed["page"], wish, start=start + ROWS) if more else "",
        "flags": found.get("flags", ()),
    }


def period(found: Found, names: Vocabulary, locale: str) -> str:
    """`16 Jun 2025 – 15 Sep 2025`."""
    if "to" not in found:
        return ""
    days = {
        "first": formats.day(found["from"], locale),
        "last": formats.day(last_day(found), locale),
    }
    return names.say("period", **days)


def last_day(found: Found) -> str:
    """The last day of the period, which `to` comes after."""
    return (date.fromisoformat(found["to"]) - timedelta(days=1)).isoformat()


def beginning(
    name: str, listed: Mapping[str, Any] | None, wish: Mapping[str, str]
) -> dict[str, Any]:
    """For what is empty: since when there is anything, and the address that begins then. `listed`:
    all reports with their first days; None if they are away.
    """
    days = {one["report"]: one["first_day"] for one in (listed or {}).get("data", ())}
    day = days.get(name)
    rest = {key: value for key, value in wish.items() if key != "to"}
    return {
        "first_day": day,
        "is_known": listed is not None,
        "from_then": address(of("reports", name), rest, **{"from": day}) if day else "",
    }


def start_of(query: Mapping[str, str]) -> int:
    """How many rows to turn over: a whole number, else none."""
    told = query.get("start", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= 9 else 0
