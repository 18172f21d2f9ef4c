"""A report's parameters, read into a question, with every fault named."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar

from services.trigger.process.figures.answer import LTV_TARGET, WINDOW, Question
from shared.values.faults import Fault
from shared.values.money import is_currency
from shared.values.periods import local_date, time_zones, zone
from shared.web.models import parse_day, parse_moment

MOST_DAYS = 3_660
LONGEST_WINDOW = 366
FORMATS = ("json", "csv")
MOST_ROWS, FURTHEST = 500, 1_000_000_000
SWITCH = ("on", "off")
_TARGET = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,10}", re.ASCII)
T = TypeVar("T")

Given = Mapping[str, str | None]
"""The parameters as they came, by name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`since`, `until`: the period as days of the zone; the last day is not in it."""

    since: date
    until: date
    question: Question


@dataclass(slots=True)
class Parameters:
    """Reads one parameter after the other; `faults` names all that are wrong."""

    given: Given
    now: datetime
    faults: list[Fault] = field(default_factory=list)

    def read(self, days: int, by: Collection[str], families: Collection[str]) -> Asked | None:
        """`days`: how long the period is by default. None: see `faults`."""
        time_zone = self._choice("time_zone", time_zones(), "must be a time zone of IANA") or "UTC"
        until = self._day("to") or local_date(self.now, time_zone) + timedelta(days=1)
        since = self._day("from") or _before(until, days)
        self._check_span("from", since, until)
        at = self._at(time_zone)
        before = self._former(since, until, time_zone)
        currency = self.given.get("currency")
        if currency is not None and not is_currency(currency):
            self._fault("currency", "must be the code of a currency in ISO 4217")
        question = Question(
            since=begins(since, time_zone),
            until=begins(until, time_zone),
            now=self.now,
            time_zone=time_zone,
            by=self._choice("by", by, _one_of(by) if by else "is nothing that this report knows"),
            currency=currency,
            at=at,
            family=self._choice("family", families, "is no family of the catalogue"),
            before=before,
            window=self._window(),
            experiment=self.given.get("experiment"),
            ltv_target=self._target(),
            curve=self._choice("curve", SWITCH, _one_of(SWITCH)) == "on",
        )
        return None if self.faults else Asked(since, until, question)

    def format(self) -> str:
        return self._choice("format", FORMATS, _one_of(FORMATS)) or "json"

    def page(self) -> slice:
        """Which of the rows are wanted: all, if no number of them is named."""
        offset = self._whole("offset", 0, FURTHEST) or 0
        limit = self._whole("limit", 1, MOST_ROWS)
        return slice(offset, None if limit is None else offset + limit)

    def _whole(self, name: str, least: int, most: int) -> int | None:
        value = self.given.get(name)
        if value is None:
            return None
        if not _WHOLE.fullmatch(value) or not least <= int(value) <= most:
            self._fault(name, f"must be a whole number, {least} to {most}")
            return None
        return int(value)

    def _fault(self, name: str, reason: str) -> None:
        self.faults.append(Fault(f"query.{name}", reason))

    def _choice(self, name: str, allowed: Collection[str], reason: str) -> str | None:
        value = self.given.get(name)
        if value is not None and value not in allowed:
            self._fault(name, reason)
            return None
        return value

    def _day(self, name: str) -> date | None:
        value = self.given.get(name)
        if value is None:
            return None
        try:
            return parse_day(value)
        except ValueError as error:
            self._fault(name, str(error))
            return None

    def _at(self, time_zone: str) -> datetime | None:
        """A moment, or the beginning of a day."""
        value = self.given.get("at")
        if value is None:
            return None
        try:
            return begins(parse_day(value), time_zone) if len(value) == 10 else parse_moment(value)
        except ValueError as error:
            self._fault("at", str(error))
            return None

    def _former(self, since: date, until: date, time_zone: str) -> tuple[datetime, datetime] | None:
        if self.given.get("before_from") is None and self.given.get("before_to") is None:
            return None
        last = self._day("before_to") or since
        first = self._day("before_from") or _before(last, (until - since).days)
        self._check_span("before_from", first, last)
        return begins(first, time_zone), begins(last, time_zone)

    def _check_span(self, name: str, since: date, until: date) -> None:
        if since >= until:
            self._fault(name, "must be before the period's end")
        elif (until - since).days > MOST_DAYS:
            self._fault(name, f"must be at most {MOST_DAYS} days before the period's end")

    def _window(self) -> int:
        value = self.given.get("window")
        if value is None:
            return WINDOW
        if not _WHOLE.fullmatch(value) or not 1 <= int(value) <= LONGEST_WINDOW:
            self._fault("window", f"must be a whole number of days, 1 to {LONGEST_WINDOW}")
            return WINDOW
        return int(value)

    def _target(self) -> Decimal:
        value = self.given.get("ltv_target")
        if value is None:
            return LTV_TARGET
        if not _TARGET.fullmatch(value) or not Decimal(value):
            self._fault("ltv_target", "must be a number above 0, such as 1.5")
            return LTV_TARGET
        return Decimal(value)


def begins(day: date, time_zone: str) -> datetime:
    """Midnight there."""
    return datetime.combine(day, time(), zone(time_zone)).astimezone(UTC)


def _before(day: date, days: int) -> date:
    return max(day, date.min + timedelta(days=days)) - timedelta(days=days)


def _one_of(allowed: Collection[str]) -> str:
    return f"must be one of {', '.join(allowed)}"
