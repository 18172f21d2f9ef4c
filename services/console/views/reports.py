"""Does it work, and do customers mind? Revenue and guardrails side by side, then all reports."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.console.addresses import address, of
from services.console.form_values import Typed
from services.console.views import reports_one
from services.console.views.report import counts
from services.console.views.report.cells import Cell, cell, signed
from services.console.views.report.findings import finding
from services.console.views.report.vocabulary import FEW, Found, Vocabulary

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "working",
        (
            "conversion",
            "pipeline",
            "funnel",
            "owners",
            "objections",
            "handoffs",
            "missed",
            "hygiene",
            "thresholds",
        ),
    ),
    ("brings", ("balance", "amounts", "nrr", "attribution", "costs", "ltv", "case_study")),
    ("customers", ("first_year", "time_to_upsell", "retention")),
    ("offers", ("holdout", "experiment", "plays", "readiness", "plans")),
)
PARTS = ("balance", "conversion", "nrr", "time_to_upsell", "retention", "missed", "holdout")
REVENUE = ("won_year", "change_percent")
GUARDRAILS = ("nps_delta", "complaint_percent", "unsubscribe_percent", "helpful_percent")
HARM = Decimal("-0.5")
"""A fall of the NPS that says that revenue costs satisfaction."""
LEADS: Mapping[str, tuple[str, ...]] = {
    "conversion": ("cohort_percent",),
    "nrr": ("nrr_percent",),
    "time_to_upsell": ("totals.median_months",),
    "retention": ("percent",),
    "missed": ("totals.held",),
    "holdout": ("totals.points",),
}
"""The figures that each says first: of every row, or of the whole."""


def wanted(query: Mapping[str, str]) -> Typed:
    """`plan`: of those reports that can be broken down by it."""
    period = {key: value for key, value in reports_one.wanted(query).items() if key != "by"}
    plan = query.get("plan", "").strip()[:100]
    return Typed({**period, "plan": plan} if plan else period)


def asked(name: str, wish: Mapping[str, str], language: str, time_zone: str) -> dict[str, Any]:
    period = {key: value for key, value in wish.items() if key != "plan"}
    by = {"by": "plan"} if name == "conversion" and wish.get("plan") else {}
    few = {"limit": 1} if name in reports_one.BY_PAGE else {}
    return {**period, **by, **few, "lang": language, "time_zone": time_zone}


def view(
    parts: Mapping[str, tuple[str, Found | None]],
    plans: list[str],
    wish: Mapping[str, str],
    names: Vocabulary,
    locale: str,
) -> dict[str, Any]:
    """`parts`: of each report its state, and the report if it is there."""
    known = [found for _, found in parts.values() if found is not None]
    state, balance = parts["balance"]
    return {
        "wish": wish,
        "plans": plans,
        "by": (),
        "more": [(key, value) for key, value in wish.items() if key in reports_one.MORE],
        "found": known[0] if known else None,
        "period": reports_one.period(known[0], names, locale) if known else "",
        "csv": address(of("reports", "balance"), _period(wish), format="csv"),
        "parts": {name: part(name, *parts[name], wish, names) for name in PARTS},
        "balance": None if balance is None else _balance(balance, names),
        "groups": [(name, [(one, _of(one, wish)) for one in names_]) for name, names_ in GROUPS],
        "state": state,
    }


def part(
    name: str, state: str, found: Found | None, wish: Mapping[str, str], names: Vocabulary
) -> dict[str, Any]:
    plan = wish.get("plan", "") if name == "conversion" else ""
    told = found if found is None or not plan else of_plan(found, plan)
    empty = told is not None and counts.is_empty(name, told)
    return {
        "name": name,
        "state": "empty" if state == "ready" and (told is None or empty) else state,
        "href": _of(name, wish),
        "again": address("/console/reports", wish),
        "later": address("/console/reports", wish, part=name),
        "finding": "" if told is None else finding(name, told, names),
        "leads": [] if told is None or empty else _leads(name, told, names),
        "tag": None if told is None or empty else _tag(name, told, names),
        "flags": [] if told is None else told.get("flags", ()),
        "is_whole": bool(wish.get("plan")) and name != "conversion",
    }


def of_plan(found: Found, plan: str) -> dict[str, Any]:
    """A breakdown by plan, of which only this one is wanted."""
    nothing = {key: 0 for key in ("qualified", "won", "lost", "open")}
    row = next((one for one in found["rows"] if one["key"] == plan), None)
    return {**found, "rows": [row] if row else [], "totals": row or nothing}


def _leads(name: str, found: Found, names: Vocabulary) -> list[Cell]:
    told = []
    for field in LEADS.get(name, ()):
        whole, _, plain = field.rpartition(".")
        rows = [found[whole]] if whole else found["rows"]
        told += [
            cell(plain, row.get(plain), row, names)
            | {
                "path": field,
                "shown": _shown(field, row, names),
                "label": _label(row, names) if len(rows) > 1 else "",
            }
            for row in rows
        ]
    return told


def _label(row: Mapping[str, Any], names: Vocabulary) -> str:
    """Which of several it is of."""
    return names.of("arm", row["arm"]) if "arm" in row else str(row.get("currency", ""))


def _shown(field: str, row: Mapping[str, Any], names: Vocabulary) -> str:
    """With its unit; empty where it is written as everywhere else, or is not there."""
    value = row.get(field.rpartition(".")[2])
    if value is None:
        return ""
    match field:
        case "totals.median_months":
            return names.say("months", n=value)
        case "totals.points":
            return names.say("points", n=signed(value))
        case "totals.held":
            return names.say("held_back", held=value, triggers=row["triggers"])
        case _:
            return ""


def _tag(name: str, found: Found, names: Vocabulary) -> tuple[str, str] | None:
    """How it stands, where there are enough cases to say so."""
    if name == "conversion":
        row = found["rows"][0]
        band = row["band"]
        if row["low_n"] or band is None:
            return None
        return "good" if band == "in" else "watch", names.of("conversion_band", band)
    if name == "retention":
        arms = {one["arm"]: one for one in found["rows"]}
        moved, others = arms["upgraded"], arms["others"]
        if min(moved["n"], others["n"]) < FEW:
            return None
        stays = moved["retained"] * others["n"] >= others["retained"] * moved["n"]
        return ("good", names.say("stays")) if stays else ("watch", names.say("leaves"))
    if name == "missed" and found["totals"]["missed"]:
        return "watch", names.say("missed_n", n=found["totals"]["missed"])
    return None


def _balance(found: Found, names: Vocabulary) -> dict[str, Any]:
    totals = found["totals"]
    delta = totals["nps_delta"]
    return {
        "revenue": [
            [cell(name, one[name], one, names) | {"path": name} for name in REVENUE]
            for one in totals["currencies"]
            if one["currency"]
        ],
        "guardrails": [
            cell(name, totals[name], totals, names) | {"path": f"totals.{name}"}
            for name in GUARDRAILS
        ],
        "harms": delta is not None and delta <= HARM,
        "n": totals["n"],
    }


def _period(wish: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in wish.items() if key in ("from", "to", "currency")}


def _of(name: str, wish: Mapping[str, str]) -> str:
    """The report, of the same period."""
    return address(of("reports", name), {} if name in reports_one.WITHOUT_PERIOD else _period(wish))
