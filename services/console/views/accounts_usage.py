"""One meter over time: what was used, the limit as it was, thresholds, alerts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from services.console.addresses import address, of
from services.console.charts import lines
from services.console.charts.figure import Column, Figure
from services.console.charts.lines import Mark, Series
from services.console.form_values import Typed

FULL = 100
"""Percent: this is the limit's own line."""
FILTERS = ("meter", "from", "to", "step")
Say = Callable[..., str]
Write = Callable[[Any], str]


def wanted(query: Mapping[str, str]) -> Typed:
    found = {name: query.get(name, "").strip()[:100] for name in FILTERS}
    return Typed({name: value for name, value in found.items() if value})


def view(
    account: str,
    meters: Sequence[Mapping[str, Any]],
    history: Mapping[str, Any] | None,
    asked: Mapping[str, str],
    language: str,
) -> dict[str, Any]:
    page = of("accounts", account, "usage")
    chosen = next((one for one in meters if one["meter"] == asked.get("meter")), None)
    return {
        "page": page,
        "account": of("accounts", account),
        "asked": _dated(asked, history),
        "meters": [(one["meter"], one["name"][language]) for one in meters],
        "label": chosen["name"][language] if chosen else asked.get("meter", ""),
        "now": chosen,
        "away": history is None,
        "history": history,
        "csv": address(page, asked, format="csv"),
    }


def _dated(asked: Mapping[str, str], history: Mapping[str, Any] | None) -> Typed:
    """With the days that are shown where none were asked for."""
    days = [one["at"][:10] for one in history["data"]] if history else []
    shown = {"from": days[0], "to": days[-1]} if days else {}
    return Typed({**shown, **asked})


@dataclass(frozen=True, slots=True)
class Written:
    """How a chart is written: words, amounts, amounts of an axis, times."""

    say: Say
    number: Write
    tick: Write
    at: Write


def is_hourly(history: Mapping[str, Any]) -> bool:
    return any(one["at"][11:19] != "00:00:00" for one in history["data"])


def figure(
    history: Mapping[str, Any],
    forecast: Mapping[str, Any] | None,
    label: str,
    written: Written,
    csv: str,
) -> Figure | None:
    """None where nothing was used."""
    say, number = written.say, written.number
    points = [(datetime.fromisoformat(one["at"]), one) for one in history["data"]]
    used = [(at, _amount(one["used"])) for at, one in points]
    if not any(value is not None for _, value in used):
        return None
    limits = [(at, _amount(one["limit"])) for at, one in points]
    series = [Series(label, used), Series(say("limit"), limits, "limit", steps=True)]
    series += _thresholds(history, limits, written)
    series += _ahead(used, forecast, limits, say)
    return Figure(
        "usage",
        _finding(used, limits, label, say, number),
        say(
            "points", n=len(points), first=written.at(points[0][0]), last=written.at(points[-1][0])
        ),
        lines.draw(
            series,
            marks=_alerts(history, used, written),
            number=written.tick,
            day=written.at,
        ),
        [Column(say("at")), Column(say("used"), True), Column(say("limit"), True)],
        [
            [(one["at"], written.at(at)), _cell(one["used"], number), _cell(one["limit"], number)]
            for at, one in points
        ],
        csv,
    )


def alerts(history: Mapping[str, Any], say: Say, number: Write) -> list[dict[str, str]]:
    return [
        {"at": one["at"], "level": level_text(one["threshold"], say, number)}
        for one in history["alerts"]
    ]


def _cell(value: Any, number: Write) -> tuple[object, str]:
    return (value, "–" if value is None else number(value))


def _amount(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _last(points: Sequence[tuple[datetime, Decimal | None]]) -> tuple[datetime, Decimal] | None:
    return next(((at, one) for at, one in reversed(points) if one is not None), None)


def _finding(used: Any, limits: Any, label: str, say: Say, number: Write) -> str:
    now, limit = _last(used), _last(limits)
    if now is None:
        return label
    if limit is None:
        return say("finding.unlimited", name=label, used=number(now[1]))
    return say("finding", name=label, used=number(now[1]), limit=number(limit[1]))


def _thresholds(history: Mapping[str, Any], limits: Any, written: Written) -> list[Series]:
    """Shares of the limit as it was then, and amounts; each labelled on its line."""
    found: list[tuple[str, list[tuple[datetime, Decimal | None]]]] = []
    for one in history["thresholds"]:
        if isinstance(one, Mapping):
            if "at" in one:
                amount = Decimal(one["at"])
                found.append((written.number(amount), [(at, amount) for at, _ in limits]))
        elif one != FULL:
            shares = [(at, None if limit is None else limit * one / 100) for at, limit in limits]
            found.append((level_text(one, written.say, written.number), shares))
    return [Series(label, points, "threshold", steps=True) for label, points in found]


def level_text(threshold: Any, say: Say, number: Write) -> str:
    """A percentage, an amount, or an amount an hour."""
    if not isinstance(threshold, Mapping):
        return say("level", n=threshold)
    if "at" in threshold:
        return number(Decimal(threshold["at"]))
    return say("per_hour", amount=number(Decimal(threshold["per_hour"])))


def _alerts(history: Mapping[str, Any], used: Any, written: Written) -> list[Mark]:
    known = [(at, one) for at, one in used if one is not None]
    marks = []
    for one in history["alerts"]:
        at = datetime.fromisoformat(one["at"])
        value = next((amount for when, amount in reversed(known) if when <= at), known[0][1])
        level = level_text(one["threshold"], written.say, written.number)
        if known[0][0] <= at <= known[-1][0] + timedelta(days=1):
            marks.append(Mark(min(at, known[-1][0]), value, f"{written.say('alert')} {level}"))
    return marks


def _ahead(used: Any, forecast: Mapping[str, Any] | None, limits: Any, say: Say) -> list[Series]:
    """To where the limit is reached at this pace."""
    now, limit = _last(used), _last(limits)
    reaches = (forecast or {}).get("reaches_limit_at")
    if not reaches or now is None or limit is None:
        return []
    then = datetime.fromisoformat(reaches)
    return [Series(say("forecast"), [now, (then, limit[1])], "forecast")] if then > now[0] else []
