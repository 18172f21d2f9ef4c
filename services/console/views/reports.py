"""Does it work, and do customers mind? Revenue and guardrails side by side, then all reports."""

from collections.abc import Mapping
from typing import Any

from services.console.addresses import of
from services.console.views import reports_one

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
REVENUE = ("currency", "won_year", "change_percent")
GUARDRAILS = ("nps_delta", "complaint_percent", "unsubscribe_percent", "helpful_percent")


def view(balance: Mapping[str, Any] | None, wish: Mapping[str, str]) -> dict[str, Any]:
    """`balance`: None where it is away."""
    totals = (balance or {}).get("totals", {})
    currencies = totals.get("currencies", ())
    return {
        "away": balance is None,
        "wish": wish,
        "by": (),
        "found": balance,
        "last_day": reports_one.last_day(balance or {}),
        "revenue": [
            [reports_one.cell(name, one.get(name), one) for name in REVENUE]
            for one in currencies
            if one.get("currency")
        ],
        "guardrails": [reports_one.cell(name, totals.get(name), totals) for name in GUARDRAILS],
        "n": totals.get("n", 0),
        "flags": (balance or {}).get("flags", ()),
        "groups": [(name, [(one, of("reports", one)) for one in names]) for name, names in GROUPS],
    }
