"""Rates: how much of a counter is used within an hour, against thresholds `{per_hour: N}`. Hours
are those of UTC, in which usage is kept. Pure.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from services.trigger.accounts import Account, Terms
from services.trigger.alerts.notices import Reading, threshold_notice
from services.trigger.alerts.occasions import USAGE, Occasion
from services.trigger.judgement.case import Crossing
from services.trigger.limits import allowed_by
from shared.catalog import Catalog, Meter, Threshold
from shared.values.identity import identity
from shared.values.moments import iso
from shared.values.periods import Period, local_date, period_at

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sample:
    """How much was used of a meter in the hour that begins at `hour`."""

    meter: str
    hour: datetime
    used: Decimal


@dataclass(frozen=True, slots=True)
class Selling:
    """The catalogue in force, and the one that the account's subscription was sold with."""

    current: Catalog
    sold: Catalog


@dataclass(frozen=True, slots=True)
class Crossed:
    """A rate that was reached. `period_start`: of the meter's period that the hour is in."""

    sample: Sample
    threshold: Threshold
    alert: str
    period_start: datetime
    occasion: Occasion

    @property
    def ends_at(self) -> datetime:
        return self.sample.hour + HOUR


def hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + MINUTE


def hours_since(before: datetime, now: datetime) -> tuple[datetime, ...]:
    """The hour in which it was looked at before, and the present one: what was counted just before
    an hour ended belongs to that hour. After an outage there is nothing to tell of those between.
    """
    return tuple(sorted({hour_of(before), hour_of(now)}))


def lowest(catalogs: Iterable[Catalog]) -> dict[str, Decimal]:
    """By meter, the lowest rate that any plan has."""
    found: dict[str, Decimal] = {}
    for catalog in catalogs:
        for plan in catalog.plans.values():
            for meter, limit in plan.limits.items():
                for rate in rates(limit.thresholds):
                    found[meter] = min(rate, found.get(meter, rate))
    return found


def rates(thresholds: Iterable[Threshold]) -> list[Decimal]:
    return [one.per_hour for one in thresholds if one.per_hour is not None]


def reached(thresholds: Iterable[Threshold], used: Decimal) -> Threshold | None:
    """The highest rate that this is at or above."""
    found = [one for one in thresholds if one.per_hour is not None and used >= one.per_hour]
    return max(found, key=lambda one: one.per_hour or Decimal(0), default=None)


def is_told(told: Collection[datetime], hour: datetime, time_zone: str) -> bool:
    """Once a day, where the account is."""
    day = local_date(hour, time_zone)
    return any(local_date(one, time_zone) == day for one in told)


def crossed(
    account: Account,
    terms: Terms,
    selling: Selling,
    samples: Iterable[Sample],
    told: Mapping[str, Collection[datetime]],
    now: datetime,
) -> list[Crossed]:
    """What is to be told. `told`: by meter, the hours of former alerts about rates."""
    if terms.running(now) is None:
        return []
    found, known = list[Crossed](), {meter: set(hours) for meter, hours in told.items()}
    for sample in sorted(samples, key=lambda one: (one.hour, one.meter)):
        meter = selling.current.meters.get(sample.meter)
        if meter is None or not meter.has_rates:
            continue
        allowed = allowed_by(terms, meter.id, selling.sold, selling.current, now)
        threshold = reached(allowed.thresholds, sample.used)
        # Not in this plan: never an alert.
        if threshold is None or allowed.limit == 0:
            continue
        hours = known.setdefault(meter.id, set())
        if not is_told(hours, sample.hour, terms.time_zone):
            hours.add(sample.hour)
            found.append(_crossed(account, terms, selling, meter, sample, threshold, now))
    return found


def resolution(
    terms: Terms, selling: Selling, meter: str, key: str, now: datetime
) -> Literal["cancelled", "limit"] | None:
    """Why an open alert about a rate is over before its hour is; None: it is not."""
    if terms.running(now) is None:
        return "cancelled"
    if meter not in selling.current.meters:
        return "limit"
    allowed = allowed_by(terms, meter, selling.sold, selling.current, now)
    return None if key in {one.key for one in allowed.thresholds} else "limit"


def _crossed(
    account: Account,
    terms: Terms,
    selling: Selling,
    meter: Meter,
    sample: Sample,
    threshold: Threshold,
    now: datetime,
) -> Crossed:
    """What is told is about the hour: there is no limit to compare it with."""
    subscription = terms.subscription
    assert subscription is not None, "asked above"
    allowed = allowed_by(terms, meter.id, selling.sold, selling.current, now)
    reading = Reading(
        account=account,
        subscription=subscription,
        sold=selling.sold,
        current=selling.current,
        meter=meter,
        allowance=replace(allowed, limit=None),
        used=sample.used,
        period=Period(sample.hour, sample.hour + HOUR),
    )
    alert = identity(account.id, meter.id, threshold.key, iso(sample.hour))
    decision = identity("decision", alert)
    notice = threshold_notice(
        reading, threshold, alert, again=False, decision=decision, task=None, now=now
    )
    evidence = {"recorded": [threshold.json], "hour": iso(sample.hour)}
    crossing = Crossing(
        meter.id, threshold, sample.used, None, None, alert, again=False, evidence=evidence
    )
    start = period_at(subscription.grid(terms.time_zone, meter.reset), sample.hour).start
    occasion = Occasion(decision, USAGE, reading, crossing, notice)
    return Crossed(sample, threshold, alert, start, occasion)
