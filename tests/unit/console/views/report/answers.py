"""What the API answers for each report, as the console gets it: numbers are int or Decimal."""

from decimal import Decimal
from typing import Any

D = Decimal
NOTHING: dict[str, Any] = {"rows": [], "totals": {}}


def answer(report: str, rows: list[dict[str, Any]], **totals: Any) -> dict[str, Any]:
    return {
        "report": report,
        "from": "2025-06-16",
        "to": "2025-09-16",
        "time_zone": "UTC",
        "rows": rows,
        "totals": totals,
        "flags": [],
    }


def _converted(key: str, qualified: int, won: int, lost: int, band: str | None) -> dict[str, Any]:
    decided = won + lost
    return {
        "key": key,
        "qualified": qualified,
        "won": won,
        "lost": lost,
        "open": qualified - decided,
        "cohort_percent": _percent(won, qualified),
        "decided_percent": _percent(won, decided),
        "band": band,
        "low_n": qualified < 10,
    }


def _percent(part: int, whole: int) -> Decimal | None:
    return (D(100 * part) / whole).quantize(D("0.1")) if whole else None


def _arm(name: str, n: int, part: int, whole: str = "accounts", field: str = "upgraded") -> Any:
    percent = _percent(part, n)
    return {"arm": name, whole: n, field: part, "percent": percent, "low_n": n < 10}


def _satisfied(n: int, delta: Decimal | None, sent: int) -> dict[str, Any]:
    return {
        "nps_delta": delta,
        "n": n,
        "complaint_percent": D("0.2") if sent else None,
        "unsubscribe_percent": D("1.1") if sent else None,
        "helpful_percent": D("80.0") if sent else None,
        "low_n": sent < 10,
    }


def conversion(*groups: tuple[str, int, int, int, str | None]) -> dict[str, Any]:
    rows = [_converted(*one) for one in groups]
    n, won, lost = (sum(one[key] for one in rows) for key in ("qualified", "won", "lost"))
    whole = _converted("", n, won, lost, "in" if n else None)
    return answer("conversion", rows, **{k: v for k, v in whole.items() if k != "key"})


def nrr(accounts: int, start: str = "30000.00", currency: str = "USD") -> dict[str, Any]:
    row = {
        "currency": currency,
        "accounts": accounts,
        "start": start,
        "plan_upgrade": "4500.00",
        "seat_expansion": "0.00",
        "add_on": "0.00",
        "cross_sell": "0.00",
        "price_change": "0.00",
        "reactivation": "0.00",
        "contraction": "-500.00",
        "churn": "-1000.00",
        "end": "33000.00",
        "nrr_percent": D("110.0"),
        "grr_percent": D("95.0"),
        "plan_upgrade_points": D("15.0"),
        "plan_upgrade_share_percent": D("100.0"),
        "low_n": accounts < 10,
    }
    return answer("nrr", [row], unknown=0)


def compared(name: str, one: tuple[int, int], other: tuple[int, int], **more: Any) -> Any:
    """Two arms: (accounts, upgraded)."""
    keys = ("control", "offered") if name == "holdout" else ("a", "b")
    totals = {
        "points": D("12.0"),
        "relative_percent": D("200.0"),
        "z": D("2.82"),
        "p": D("0.0047"),
        "ci": [D("4.9"), D("19.1")],
        "conclusive": True,
        "verdict": None,
        "needed_per_arm": 160,
    }
    arms = [_arm(key, *arm) for key, arm in zip(keys, (one, other), strict=True)]
    return answer(name, arms, **totals | more)


def balance(n: int, delta: Decimal | None, *won: tuple[str, str, Any]) -> dict[str, Any]:
    told = _satisfied(n, delta, 500)
    rows = [
        {"currency": currency, "won_year": year, "change_percent": change} | told
        for currency, year, change in won
    ] or [{"currency": None, "won_year": None, "change_percent": None} | told]
    plays = [{"play": "nps_high"} | one for one in rows if one["currency"]]
    money = ("currency", "won_year", "change_percent")
    first = rows[0] if len(rows) == 1 else {**rows[0], **dict.fromkeys(money)}
    return answer("balance", plays, **first, currencies=rows, unknown=0)


def amounts(*months: tuple[str, str, str]) -> dict[str, Any]:
    """(month, currency, sum)."""
    rows = [
        {"month": month, "currency": currency, "upsells": 2, "sum": sum_, "mean": sum_,
         "median": "7500.00"}
        for month, currency, sum_ in months
    ]  # fmt: skip
    currencies = [
        {
            "currency": currency,
            "upsells": 2,
            "sum": str(sum(D(str(one["sum"])) for one in rows if one["currency"] == currency)),
            "mean": "7500.00",
            "median": "7500.00",
            "initial": "10000.00",
            "ratio": D("1.5"),
        }
        for currency in dict.fromkeys(one["currency"] for one in rows)
    ]
    return answer("amounts", rows, currencies=currencies, unknown=0)


ANSWERS: dict[str, dict[str, Any]] = {
    "amounts": amounts(
        ("2025-06", "JPY", "3600000"), ("2025-06", "USD", "15000.00"), ("2025-09", "USD", "9000.00")
    ),
    "attribution": answer(
        "attribution",
        [
            {
                "account": "42",
                "at": "2025-09-01T00:00:00Z",
                "currency": "USD",
                "year": "15000.00",
                "credited": "p-1",
                "touches": ["p-1", "p-0"],
            },
            {
                "account": "=a",
                "at": "2025-09-02T00:00:00Z",
                "currency": "USD",
                "year": None,
                "credited": None,
                "touches": [],
            },
        ],
        upsells=2,
        credited=1,
        unknown=1,
    ),
    "balance": balance(12, D("-0.8"), ("JPY", "3600000", D("20.0")), ("USD", "15000.00", None)),
    "case_study": answer(
        "case_study",
        [
            {"period": period, "currency": "USD", "accounts": 100, "upgraded": up,
             "percent": D(up), "low_n": False}
            for period, up in (("before", 11), ("after", 14))
        ],
        points=D("3.0"),
        relative_percent=D("27.3"),
        price_mix=D("1.2727"),
        tenure_needed=D("1.1786"),
        currencies=[
            {"currency": "USD", "points": D("3.0"), "relative_percent": D("27.3"),
             "price_mix": D("1.2727"), "tenure_needed": D("1.1786")}
        ],
        unknown=0,
    ),
    "conversion": conversion(("all", 10, 5, 3, "in")),
    "costs": answer(
        "costs",
        [
            {
                "currency": "USD",
                "ratio": D("42.9"),
                "proposals": 20,
                "won": 5,
                "cost_per_won": "280.00",
                "won_ratio": D("10.7"),
            }
        ],
    ),
    "experiment": compared(
        "experiment",
        (40, 8),
        (10, 1),
        p=D("0.4616"),
        points=D("-10.0"),
        ci=[D("-32.4"), D("12.4")],
        conclusive=False,
        verdict="not conclusive",
    ),
    "first_year": answer(
        "first_year",
        [
            {"key": "all", "accounts": 40, "upgraded": 14, "percent": D("35.0"), "band": "in",
             "low_n": False}
        ],
        accounts=40,
        upgraded=14,
        percent=D("35.0"),
        band="in",
        low_n=False,
        churned=4,
        missing_feature=1,
        missing_feature_percent=D("25.0"),
    ),
    "funnel": answer("funnel", [{"eligible": 40, "ready": 20, "engaged": 10, "won": 5}]),
    "handoffs": answer(
        "handoffs",
        [
            {
                "requested": 14,
                "accepted": 9,
                "rejected": 2,
                "timed_out": 1,
                "returned": 1,
                "open": 2,
                "acceptance_percent": D("75.0"),
                "median_hours": D("5.5"),
                "low_n": False,
            }
        ],
        lost={"handoff": 1, "objection": 4, "process": 0, "other": 2},
    ),
    "holdout": compared("holdout", (100, 6), (200, 36)),
    "hygiene": answer(
        "hygiene",
        [
            {"kind": "opportunity", "id": "o-1", "account": "a-1", "owner": "u7",
             "flag": "no_next_step", "since": "2025-09-01T00:00:00Z"},
            {"kind": "task", "id": "812", "account": "a-1", "owner": None, "flag": "overdue",
             "since": None},
        ],
    ),
    "ltv": answer(
        "ltv",
        [
            {
                "currency": "JPY",
                "accounts": 12,
                "arpa": "30000",
                "months": D("24.0"),
                "ltv": "720000",
                "ltv_piecewise": "600000",
            }
        ],
        unknown=0,
    ),
    "missed": answer(
        "missed",
        [
            {"decision": "d-1", "account": "a-1", "at": "2025-09-01T00:00:00Z", "task": "812",
             "owner": None}
        ],
        triggers=140,
        told=70,
        held=62,
        pending=7,
        missed=1,
    ),
    "nrr": nrr(10),
    "objections": answer(
        "objections",
        [
            {"objection": "too_expensive", "is_process": False, "raised": 10, "resolved": 6,
             "won": 4, "resolved_percent": D("60.0"), "won_percent": D("40.0"),
             "won_of_resolved_percent": D("66.7"), "low_n": False}
        ],
        raised=10,
        resolved=6,
        won=4,
        resolved_percent=D("60.0"),
        won_percent=D("40.0"),
        won_of_resolved_percent=D("66.7"),
        low_n=False,
    ),
    "owners": answer(
        "owners",
        [
            {"role": "cs", "won": 8, "lost": 2, "win_percent": D("80.0"),
             "median_days": D("21.5"), "low_n": False},
            {"role": "sales", "won": 1, "lost": 0, "win_percent": D("100.0"),
             "median_days": D("3.0"), "low_n": True},
        ],
    ),
    "pipeline": answer(
        "pipeline",
        [
            {"stage": "identified", "count": 12, "mean_age_days": D("4.5")},
            {"stage": "engaged", "count": 8, "mean_age_days": D("30.0")},
        ],
        count=20,
        mean_age_days=D("14.7"),
        flows={"counts": [40, 20, 10, 7, 5], "percents": [D("50.0"), D("50.0"), D("70.0"), None],
               "negotiation": 6},
    ),
    "plans": {
        "target": [{"family": "default", "customers": 100, "percent": D("60.0"), "majority": True}],
        "warnings": [{"path": "/plans/starter/limits/api_calls", "reason": "possibly_arbitrary"}],
        "support": [{"plan": "pro", "answered": 12, "sla_breached": 1}],
        "flags": [],
    },
    "plays": {
        "data": [
            {"play": "nps_high", "sent": 120, "complaints": 0, "unsubscribes": 1,
             "helpful_percent": D("80.0"), "paused": None,
             "nps": {"before": D("8.0"), "after": D("8.6"), "delta": D("0.6"), "n": 20}},
            {"play": "renewal", "sent": 3, "complaints": 1, "unsubscribes": 0,
             "helpful_percent": None, "paused": "1 complaints in 3 sends", "nps": None},
        ],
        "flags": [],
    },
    "readiness": {
        "asked": 100,
        "qualified": 55,
        "needs_discovery": 0,
        "nurture": 25,
        "disqualified": 20,
        "flags": [],
    },
    "retention": answer(
        "retention",
        [
            _arm("upgraded", 20, 19, "n", "retained"),
            _arm("others", 80, 64, "n", "retained"),
        ],
    ),
    "thresholds": answer(
        "thresholds",
        [
            {"threshold": 80, "notices": 60, "proposals": 20, "delivered": 19, "clicked": 7,
             "opportunities": 6, "won": 2, "unsubscribes": 0},
            {"threshold": 95, "notices": 30, "proposals": 20, "delivered": 20, "clicked": 9,
             "opportunities": 8, "won": 5, "unsubscribes": 1},
        ],
    ),
    "time_to_upsell": answer(
        "time_to_upsell",
        [
            {"account": "a-1", "start": "2024-09-01T00:00:00Z",
             "upgraded_at": "2024-12-10T00:00:00Z", "days": 100, "months": D("3.29"),
             "calendar_months": 3},
            {"account": "a-2", "start": "2024-09-01T00:00:00Z", "upgraded_at": None, "days": None,
             "months": None, "calendar_months": None},
        ],
        accounts=12,
        upgraded=7,
        censored=5,
        median_months=D("8.02"),
        p75_months=None,
        curve=[{"days": 100, "percent": D("91.7")}, {"days": 244, "percent": D("41.7")}],
    ),
}  # fmt: skip

EMPTY: dict[str, dict[str, Any]] = {
    "amounts": amounts(),
    "attribution": answer("attribution", [], upsells=0, credited=0, unknown=0),
    "balance": balance(0, None),
    "case_study": answer("case_study", [], currency=None, points=None, relative_percent=None,
                         price_mix=None, tenure_needed=None, currencies=[], unknown=0),
    "conversion": conversion(("all", 0, 0, 0, None)),
    "costs": answer("costs", [{"currency": None, "ratio": None, "proposals": 0, "won": 0,
                               "cost_per_won": None, "won_ratio": None}]),
    "experiment": answer("experiment", [], points=None, relative_percent=None, z=None, p=None,
                         ci=None, conclusive=False, verdict="x", needed_per_arm=None),
    "first_year": answer("first_year", [{"key": "all", "accounts": 0, "upgraded": 0,
                                         "percent": None, "band": None, "low_n": True}],
                         accounts=0, upgraded=0, percent=None, band=None, low_n=True, churned=0,
                         missing_feature=0, missing_feature_percent=None),
    "funnel": answer("funnel", [{"eligible": 0, "ready": 0, "engaged": 0, "won": 0}]),
    "handoffs": answer("handoffs", [{"requested": 0, "accepted": 0, "rejected": 0, "timed_out": 0,
                                     "returned": 0, "open": 0, "acceptance_percent": None,
                                     "median_hours": None, "low_n": True}],
                       lost={"handoff": 0, "objection": 0, "process": 0, "other": 0}),
    "holdout": compared("holdout", (0, 0), (0, 0), points=None, ci=None, p=None, z=None,
                        relative_percent=None, conclusive=False, needed_per_arm=None),
    "hygiene": answer("hygiene", []),
    "ltv": answer("ltv", [], unknown=0),
    "missed": answer("missed", [], triggers=0, told=0, held=0, pending=0, missed=0),
    "nrr": answer("nrr", [], unknown=0),
    "objections": answer("objections", [], raised=0, resolved=0, won=0, resolved_percent=None,
                         won_percent=None, won_of_resolved_percent=None, low_n=True),
    "owners": answer("owners", []),
    "pipeline": answer("pipeline", [], count=0, mean_age_days=None,
                       flows={"counts": [0] * 5, "percents": [None] * 4, "negotiation": 0}),
    "plans": {"target": [], "warnings": [], "support": [], "flags": []},
    "plays": {"data": [], "flags": []},
    "readiness": {"asked": 0, "qualified": 0, "needs_discovery": 0, "nurture": 0,
                  "disqualified": 0, "flags": []},
    "retention": answer("retention", [_arm("upgraded", 0, 0, "n", "retained"),
                                      _arm("others", 0, 0, "n", "retained")]),
    "thresholds": answer("thresholds", []),
    "time_to_upsell": answer("time_to_upsell", [], accounts=0, upgraded=0, censored=0,
                             median_months=None, p75_months=None, curve=[]),
}  # fmt: skip
