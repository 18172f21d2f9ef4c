"""Charts of a report, where its numbers have a shape; each says the finding. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from services.console import formats
from services.console.charts import bars, funnel, lines, scale, steps
from services.console.charts.figure import Column, Figure
from services.console.views.report import counts
from services.console.views.report.cells import raw
from services.console.views.report.findings import finding
from services.console.views.report.tables import rows_of
from services.console.views.report.vocabulary import FEW, Found, Vocabulary

Bar = tuple[str, Any, str]
"""Name, value, what is written beside it."""
LEFT = Decimal(50)
"""Percent: where the median is."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What a chart is made with. `period`: as it is said; `csv`: the rows as a file."""

    names: Vocabulary
    locale: str
    period: str = ""
    csv: str = ""

    def say(self, key: str, /, **variables: Any) -> str:
        return self.names.say(key, **variables)

    def number(self, value: Any) -> str:
        return formats.number(value, self.locale)

    def percent(self, value: Any) -> str:
        return self.say("percent", n=value)

    def brief(self, value: Decimal) -> str:
        return formats.brief_number(value, self.locale)

    def money(self, amount: Any, currency: str) -> str:
        return formats.money(amount, currency, self.locale)

    def share(self, part: int, whole: int, percent: Any) -> str:
        """`50 % (5 of 10)`; of few cases, the count alone."""
        if whole < FEW or percent is None:
            return self.say("share.few", part=part, whole=whole)
        return self.say("share", part=part, whole=whole, percent=percent)


def figures(name: str, found: Found, paper: Paper) -> list[Figure]:
    """None where a table says it better, or there is nothing to draw."""
    draw = _DRAWN.get(name)
    if draw is None or counts.is_empty(name, found):
        return []
    drawn = [one for one in draw(name, found, paper) if one[-1]]
    return [_figure(name, found, paper, one, is_only=len(drawn) == 1) for one in drawn]


def _figure(name: str, whole: Found, paper: Paper, drawn: "Drawn", is_only: bool) -> Figure:
    part, inside, height, columns, rows = drawn
    found = whole if is_only else _of_currency(whole, part)
    told = finding(name, found, paper.names)
    caption = paper.say("caption", n=counts.size(name, found), period=paper.period).strip(" ·")
    return Figure(
        f"{name}-{part}" if part else name,
        told if is_only or told.startswith(part) else f"{part}: {told}",
        caption,
        inside,
        columns,
        rows,
        paper.csv,
        height=height,
        is_said=is_only,
    )


def _of_currency(found: Found, currency: str) -> Found:
    """What a report says of one of several."""
    totals = dict(found["totals"])
    if "currencies" in totals:
        totals["currencies"] = [one for one in totals["currencies"] if one["currency"] == currency]
    rows = [one for one in rows_of(found) if one["currency"] == currency]
    return {**found, "rows": rows, "totals": totals}


Drawn = tuple[str, str, int, list[Column], list[list[tuple[object, str]]]]
"""What it is a part of, the inside of the SVG, its height, columns, rows."""


def _bars(found: Sequence[Bar], paper: Paper, column: str, part: str = "") -> Drawn:
    others = paper.say("others", n=len(found) - bars.MOST) if len(found) > bars.MOST else ""
    known = [(name, Decimal(value), words) for name, value, words in found]
    return (
        part,
        bars.draw(known, others),
        bars.height(known),
        [Column(paper.say("what")), Column(paper.say(f"field.{column}"), True)],
        [[(name, name), (raw(value), words)] for name, value, words in found],
    )


def _counts(fields: Sequence[str]) -> Callable[[str, Found, Paper], list[Drawn]]:
    """How many of each kind, of the only row or of the totals."""

    def draw(_name: str, found: Found, paper: Paper) -> list[Drawn]:
        whole = {**found, **(found.get("totals") or {}), **next(iter(rows_of(found)), {})}
        told = [(paper.say(f"field.{one}"), whole[one], paper.number(whole[one])) for one in fields]
        return [_bars(told, paper, "count")]

    return draw


def _per(key: str, field: str) -> Callable[[str, Found, Paper], list[Drawn]]:
    """A count of each row."""

    def draw(_name: str, found: Found, paper: Paper) -> list[Drawn]:
        told = [
            (_named(key, one[key], paper), one[field], paper.number(one[field]))
            for one in rows_of(found)
        ]
        return [_bars(told, paper, field)]

    return draw


def _named(key: str, value: Any, paper: Paper) -> str:
    return paper.percent(value) if key == "threshold" else paper.names.of(key, value)


def _shares(key: str, field: str, part: str, *wholes: str) -> Callable[..., list[Drawn]]:
    """A percentage of each row, with its counts."""

    def draw(_name: str, found: Found, paper: Paper) -> list[Drawn]:
        told = [
            (
                paper.names.of(key, one[key]),
                one[field],
                paper.share(one[part], sum(one[whole] for whole in wholes), one[field]),
            )
            for one in rows_of(found)
            if one[field] is not None
        ]
        return [_bars(told, paper, field)]

    return draw


def _funnel(_name: str, found: Found, paper: Paper) -> list[Drawn]:
    fields = ("eligible", "ready", "engaged", "won")
    row = rows_of(found)[0]
    told = [(paper.say(f"field.{one}"), row[one]) for one in fields]

    def words(number: int, share: Decimal | None) -> str:
        if share is None or row["eligible"] < FEW:
            return paper.number(number)
        return paper.say("step", n=number, percent=share.quantize(Decimal("0.1")))

    rows: list[list[tuple[object, str]]] = [
        [(name, name), (n, paper.number(n))] for name, n in told
    ]
    columns = [Column(paper.say("what")), Column(paper.say("field.count"), True)]
    return [("", funnel.draw(told, words), funnel.height(told), columns, rows)]


def _survival(_name: str, found: Found, paper: Paper) -> list[Drawn]:
    """The share that has not moved up yet, by days, also counting those that are still young."""
    points = [(one["days"], one["percent"]) for one in found["totals"].get("curve", ())]
    inside = steps.draw(
        [(day, Decimal(left)) for day, left in points],
        number=paper.percent,
        days=lambda day: paper.say("days", n=day),
        thresholds=[(paper.say("half"), LEFT)],
    )
    columns = [Column(paper.say("field.days"), True), Column(paper.say("waiting"), True)]
    rows: list[list[tuple[object, str]]] = [
        [(day, paper.number(day)), (raw(left), paper.percent(left))] for day, left in points
    ]
    return [("", inside, scale.HEIGHT, columns, rows)]


def _months(_name: str, found: Found, paper: Paper) -> list[Drawn]:
    """A line per currency, which are never added; in a month without an upsell, zero."""
    drawn = []
    for currency in dict.fromkeys(one["currency"] for one in rows_of(found)):
        sums = {
            one["month"]: Decimal(one["sum"])
            for one in rows_of(found)
            if one["currency"] == currency
        }
        points = [(month, sums.get(month, Decimal(0))) for month in _between(min(sums), max(sums))]
        inside = lines.draw(
            [lines.Series(currency, [(_first(month), amount) for month, amount in points])],
            number=paper.brief,
            day=lambda at: f"{at:%Y-%m}",
        )
        columns = [Column(paper.say("field.month")), Column(paper.say("field.sum"), True)]
        rows: list[list[tuple[object, str]]] = [
            [(month, month), (raw(amount), paper.money(amount, currency))]
            for month, amount in points
        ]
        drawn.append((currency, inside, scale.HEIGHT, columns, rows))
    return drawn


def _between(first: str, last: str) -> list[str]:
    (year, month), found = map(int, first.split("-")), []
    while (here := f"{year:04}-{month:02}") <= last:
        found.append(here)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def _first(month: str) -> datetime:
    return datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)


def _monies(*fields: str) -> Callable[[str, Found, Paper], list[Drawn]]:
    """Amounts beside each other, a chart per currency."""

    def draw(_name: str, found: Found, paper: Paper) -> list[Drawn]:
        return [
            _bars(
                [
                    (paper.say(f"field.{field}"), one[field],
                     paper.money(one[field], one["currency"]))
                    for field in fields
                    if one.get(field) is not None
                ],
                paper,
                "amount",
                one["currency"],
            )
            for one in rows_of(found)
            if one["currency"]
        ]  # fmt: skip

    return draw


def _balance(_name: str, found: Found, paper: Paper) -> list[Drawn]:
    """What each reason to propose brought, a chart per currency."""
    rows = [one for one in rows_of(found) if one["won_year"] is not None]
    return [
        _bars(
            [
                (paper.names.of("play", one["play"]), one["won_year"],
                 paper.money(one["won_year"], currency))
                for one in rows
                if one["currency"] == currency
            ],
            paper,
            "won_year",
            currency,
        )
        for currency in dict.fromkeys(one["currency"] for one in rows)
    ]  # fmt: skip


def _hygiene(_name: str, found: Found, paper: Paper) -> list[Drawn]:
    flags = [one["flag"] for one in rows_of(found)]
    told = [
        (paper.names.of("flag", flag), flags.count(flag), paper.number(flags.count(flag)))
        for flag in dict.fromkeys(flags)
    ]
    return [_bars(told, paper, "count")]


def _attribution(_name: str, found: Found, paper: Paper) -> list[Drawn]:
    whole = found["totals"]
    told = [("credited", whole["credited"]), ("uncredited", whole["upsells"] - whole["credited"])]
    return [
        _bars(
            [(paper.say(f"field.{name}"), n, paper.number(n)) for name, n in told], paper, "count"
        )
    ]


def _conversion(name: str, found: Found, paper: Paper) -> list[Drawn]:
    if len(rows_of(found)) > 1:
        return _shares("key", "cohort_percent", "won", "qualified")(name, found, paper)
    return _counts(("won", "lost", "open"))(name, found, paper)


def _first_year(name: str, found: Found, paper: Paper) -> list[Drawn]:
    if len(rows_of(found)) > 1:
        return _shares("key", "percent", "upgraded", "accounts")(name, found, paper)
    return _counts(("accounts", "upgraded"))(name, found, paper)


def _case_study(_name: str, found: Found, paper: Paper) -> list[Drawn]:
    drawn = []
    for currency in dict.fromkeys(one["currency"] for one in rows_of(found)):
        told = [
            (paper.names.of("period", one["period"]), one["percent"],
             paper.share(one["upgraded"], one["accounts"], one["percent"]))
            for one in rows_of(found)
            if one["currency"] == currency and one["percent"] is not None
        ]  # fmt: skip
        drawn.append(_bars(told, paper, "percent", currency))
    return drawn


def _plans(_name: str, found: Found, paper: Paper) -> list[Drawn]:
    told = []
    for one in found["target"]:
        n, percent = one["customers"], one["percent"]
        few = n < FEW
        words = paper.say("share.n" if few else "share.of", n=n, percent=percent)
        told.append((one["family"], percent, words))
    return [_bars(told, paper, "percent")]


_DRAWN: Mapping[str, Callable[[str, Found, Paper], list[Drawn]]] = {
    "amounts": _months,
    "attribution": _attribution,
    "balance": _balance,
    "case_study": _case_study,
    "conversion": _conversion,
    "experiment": _shares("arm", "percent", "upgraded", "accounts"),
    "first_year": _first_year,
    "funnel": _funnel,
    "handoffs": _counts(("accepted", "rejected", "timed_out", "returned", "open")),
    "holdout": _shares("arm", "percent", "upgraded", "accounts"),
    "hygiene": _hygiene,
    "ltv": _monies("ltv", "ltv_piecewise"),
    "missed": _counts(("told", "held", "pending", "missed")),
    "nrr": _monies(
        "start",
        "plan_upgrade",
        "seat_expansion",
        "add_on",
        "cross_sell",
        "price_change",
        "reactivation",
        "contraction",
        "churn",
        "end",
    ),
    "objections": _per("objection", "raised"),
    "owners": _shares("role", "win_percent", "won", "won", "lost"),
    "pipeline": _per("stage", "count"),
    "plans": _plans,
    "plays": _per("play", "sent"),
    "readiness": _counts(("qualified", "needs_discovery", "nurture", "disqualified")),
    "retention": _shares("arm", "percent", "retained", "n"),
    "thresholds": _per("threshold", "notices"),
    "time_to_upsell": _survival,
}
