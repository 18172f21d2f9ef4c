"""Trials: what may be used beside the plan for a while, and what shall come of it."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from services.console.views.deal_entries import Form, Things, chosen, number, told

CRITERIA = 3
OVER = ("ended_met", "ended_not_met")
_LIMIT, _CRITERION = "limits.", "criteria."
_PARTS = ("feature", "uses", "text")


def entry(form: Form, meters: tuple[str, ...], now: datetime, time_zone: str) -> Any:
    """None: the form asks for nothing that is known here. `meters`: those that have a field."""
    match form.get("act"):
        case "trial":
            return _trial(form, meters, now, time_zone)
        case "end_trial":
            return {"type": "end_trial", **told(form, "trial")}
        case "criterion":
            judged = {"n": number(form.get("n")), "met": form.get("met") == "true"}
            return {"type": "criterion", **told(form, "trial"), **judged}
    return None


def meters_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """The meters that have a field, of the names of all fields."""
    return tuple(one.removeprefix(_LIMIT) for one in names if one.startswith(_LIMIT))


def _trial(form: Form, meters: tuple[str, ...], now: datetime, time_zone: str) -> dict[str, Any]:
    limits = {one: said for one in meters if (said := form.get(f"{_LIMIT}{one}").strip())}
    rows = [
        {name: said for name in _PARTS if (said := form.get(f"{_CRITERION}{n}.{name}").strip())}
        for n in range(CRITERIA)
    ]
    found: dict[str, Any] = {
        "type": "trial",
        "features": chosen(form, "features"),
        "limits": limits,
        "criteria": [_counted(one) for one in rows if one],
    }
    if days := form.get("days").strip():
        found["days"] = number(days)
    if starts := form.get("starts_at").strip():
        found |= _begins(starts, now, time_zone)
    return found


def _counted(row: dict[str, str]) -> dict[str, Any]:
    return {**row, "uses": number(row["uses"])} if "uses" in row else row


def _begins(day: str, now: datetime, time_zone: str) -> dict[str, str]:
    """The beginning of that day where the reader is; today is now."""
    try:
        begins = datetime.combine(date.fromisoformat(day), time.min, ZoneInfo(time_zone))
    except ValueError:
        return {"starts_at": day}
    is_today = begins.date() == now.astimezone(ZoneInfo(time_zone)).date()
    return {} if is_today else {"starts_at": begins.isoformat()}


def view(
    found: Mapping[str, Any], things: Things, typed: Mapping[str, str], features: tuple[str, ...]
) -> dict[str, Any]:
    """`features`: those that were chosen in a form that was refused."""
    return {
        "trials": [_shown(one, things) for one in reversed(found["trials"])],
        "offered": things.beside(found["from_plan"]),
        "chosen": features,
        "rows": [
            {name: typed.get(f"{_CRITERION}{n}.{name}", "") for name in _PARTS}
            for n in range(CRITERIA)
        ],
    }


def _shown(one: Mapping[str, Any], things: Things) -> dict[str, Any]:
    return {
        **one,
        "runs": one["state"] not in OVER,
        "features": [(id, things.named(id)) for id in one["features"]],
        "limits": [(id, things.named(id), limit) for id, limit in one["limits"].items()],
        "criteria": [
            {
                "n": n,
                "is_judged": "text" in row,
                "text": row.get("text") or things.named(row.get("feature", "")),
                "uses": row.get("uses"),
                "count": row["count"],
                "met": row["met"],
            }
            for n, row in enumerate(one["criteria"], start=1)
        ],
    }
