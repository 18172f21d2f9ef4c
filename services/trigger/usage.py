"""What an account has used of each meter, as the API returns it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from services.trigger.accounts import Subscription, Terms
from services.trigger.alerts import forecast
from services.trigger.limits import Allowance, allowed_by, percent
from services.trigger.places import Held
from services.trigger.thresholds import Standing, State
from shared.answers import Amount, Names, ThresholdShown
from shared.catalog import Catalog, Meter, Threshold, in_order
from shared.values.periods import CALENDAR, NEVER, Grid, Period, Reset, period_at
from shared.values.quantities import EXACT

Standings = Mapping[tuple[str, datetime, str], Standing]
"""(meter, start of its period, threshold's key) to the state of its newest alert: all that is kept
of past periods.
"""


class PeriodShown(TypedDict):
    start: datetime
    end: datetime


class ThresholdStanding(TypedDict):
    """A threshold, and its state in the period."""

    threshold: ThresholdShown
    state: Standing


class ForecastShown(TypedDict):
    """Where usage is heading at the present pace; a moment beyond the period is null.

    A counter has a forecast once it was used in five different hours and a thirtieth of its period
    has passed, a gauge once it has values on five days.
    """

    percent_at_period_end: int | None
    reaches_limit_at: datetime | None


class TrialShown(TypedDict):
    """A trial of a larger limit."""

    until: datetime


class MeterUsage(TypedDict):
    """`limit` null: unlimited, or no subscription. `percent` is floored, null if there is no limit.
    `period`: this meter's window, whatever the billing period is; null: a gauge.

    `used` is 0 while a correction has arrived before what it corrects. `forecast` null: too little
    is known yet. `trial`: only while one grants a limit of this meter; `limit` is the larger one.
    """

    meter: str
    unit: str
    name: Names
    used: Amount
    limit: Amount | None
    unlimited: bool
    percent: int | None
    period: PeriodShown | None
    thresholds: list[ThresholdStanding]
    forecast: ForecastShown | None
    trial: NotRequired[TrialShown]


class AccountUsage(TypedDict):
    """Every meter of the catalogue, including those never used."""

    account: str
    plan: str | None
    meters: list[MeterUsage]


class CanShown(TypedDict):
    """Of a meter `used`, `limit`, `remaining` and `after_percent`; all but `used` are null if it is
    unlimited. Of a feature `by` what the account has it, and `until`: the end of the trial.
    """

    allowed: bool
    used: NotRequired[Amount]
    limit: NotRequired[Amount | None]
    remaining: NotRequired[Amount | None]
    after_percent: NotRequired[int | None]
    by: NotRequired[Literal["plan", "trial"] | None]
    until: NotRequired[datetime | None]


@dataclass(frozen=True, slots=True)
class View:
    """An account at a moment: `at` selects the periods, `now` says which of them is running.
    `terms` are those of the later of the two.

    `days`: of gauges; `hours`: in how many hours of its period each counter was used.
    """

    terms: Terms
    current: Catalog
    sold: Catalog | None
    at: datetime
    now: datetime
    held: Mapping[tuple[str, datetime], Held]
    ended: Standings
    days: Mapping[str, Mapping[date, forecast.Hours]]
    hours: Mapping[str, int]

    @property
    def moment(self) -> datetime:
        """Whose terms are shown."""
        return max(self.at, self.now)

    @property
    def subscription(self) -> Subscription | None:
        return self.terms.running(self.moment)


def grid(terms: Terms, reset: Reset = "period") -> Grid:
    """The account's periods: by UTC calendar before any subscription; a subscription that has ended
    keeps its grid.
    """
    return (
        terms.subscription.grid(terms.time_zone, reset)
        if terms.subscription
        else CALENDAR.of(reset)
    )


def starts(terms: Terms, current: Catalog, at: datetime) -> frozenset[datetime]:
    """The starts of the periods that contain `at`, and of the gauges' period."""
    return frozenset(
        NEVER if reset == "never" else period_at(grid(terms, reset), at).start
        for reset in _resets(current)
    )


def _resets(current: Catalog) -> set[Reset]:
    return {meter.reset for meter in current.meters.values()}


def usage(account: str, view: View) -> AccountUsage:
    """The answer of `GET /v1/accounts/{id}/usage`: every meter, including those never used."""
    running = view.subscription
    return {
        "account": account,
        "plan": None if running is None else running.plan,
        "meters": [_meter(meter, view) for meter in view.current.meters.values()],
    }


def can(meter: Meter, amount: Decimal, view: View) -> CanShown:
    """Whether this much more stays within the limit; without a subscription nothing does."""
    held, allowed = _held(meter, view), _allowance(meter, view)
    used = held.counted
    after = EXACT.add(used, amount)
    limit = allowed.limit if allowed else None
    return {
        "allowed": allowed is not None and (limit is None or after <= limit),
        "used": used,
        "limit": limit,
        "remaining": None if limit is None else max(Decimal(0), EXACT.subtract(limit, used)),
        "after_percent": percent(after, limit),
    }


def can_use(feature: str, terms: Terms, sold: Catalog | None, now: datetime) -> CanShown:
    """`sold`: what the running subscription was sold with; None: there is none, and nothing is
    allowed. A trial ends by time, whether or not anybody has recorded it.
    """
    running = terms.running(now)
    plan = None if running is None or sold is None else sold.plans.get(running.plan)
    if running is None:
        return {"allowed": False, "by": None, "until": None}
    if plan is not None and feature in plan.features:
        return {"allowed": True, "by": "plan", "until": None}
    until = terms.tried(feature, now)
    return {"allowed": until is not None, "by": None if until is None else "trial", "until": until}


def _meter(meter: Meter, view: View) -> MeterUsage:
    held, allowed = _held(meter, view), _allowance(meter, view)
    used, limit = held.counted, allowed.limit if allowed else None
    period = _period(meter, view)
    granted = view.terms.granted(meter.id, view.moment) if allowed else None
    found: MeterUsage = {
        "meter": meter.id,
        "unit": meter.unit,
        "name": {"en": meter.name.en, "ja": meter.name.ja},
        "used": used,
        "limit": limit,
        "unlimited": allowed is not None and limit is None,
        "percent": percent(used, limit),
        "period": None if meter.is_gauge else {"start": period.start, "end": period.end},
        "thresholds": [] if allowed is None else _thresholds(meter, allowed, held, period, view),
        "forecast": _forecast(meter, held, limit, period, view) if allowed else None,
    }
    if granted is not None:
        found["trial"] = {"until": granted.until}
    return found


def running_periods(terms: Terms, current: Catalog, now: datetime) -> dict[str, datetime]:
    """The start of each counter's running period."""
    counters = (meter for meter in current.meters.values() if not meter.is_gauge)
    return {meter.id: period_at(grid(terms, meter.reset), now).start for meter in counters}


def _period(meter: Meter, view: View) -> Period:
    """For a gauge, the account's billing period, which its forecast uses."""
    return period_at(grid(view.terms, "period" if meter.is_gauge else meter.reset), view.at)


def _held(meter: Meter, view: View) -> Held:
    start = NEVER if meter.is_gauge else _period(meter, view).start
    return view.held.get((meter.id, start), Held(None))


def _allowance(meter: Meter, view: View) -> Allowance | None:
    """The current allowance; for a past period, the limit when it was last evaluated."""
    if view.subscription is None or view.sold is None:
        return None
    allowed = allowed_by(view.terms, meter.id, view.sold, view.current, view.moment)
    state = _held(meter, view).state
    if state is None or meter.is_gauge or view.now < _period(meter, view).end:
        return allowed
    return Allowance(state.limit, allowed.thresholds, allowed.enforcement)


def _thresholds(
    meter: Meter, allowed: Allowance, held: Held, period: Period, view: View
) -> list[ThresholdStanding]:
    state = held.state or State()

    def standing(threshold: Threshold) -> Standing:
        is_past = not meter.is_gauge and period.end <= view.now
        if is_past or threshold.per_hour is not None:
            return view.ended.get((meter.id, period.start, threshold.key), "armed")
        return state.mark(threshold).standing

    return [
        {"threshold": one.json, "state": standing(one)}
        for one in in_order(allowed.thresholds, allowed.limit)
    ]


def _forecast(
    meter: Meter, held: Held, limit: Decimal | None, period: Period, view: View
) -> ForecastShown | None:
    if not limit or view.now not in period:
        return None
    if meter.is_gauge:
        days, today = view.days.get(meter.id, {}), view.now.date()
        levels = forecast.daily_levels(meter.aggregation, held.used or Decimal(0), days, today)
        measured = forecast.is_measured(meter.aggregation, days, today)
        found = forecast.of_gauge(
            held.counted, limit, levels, period.end, view.now, measured_today=measured
        )
    else:
        found = forecast.of_counter(
            held.counted, limit, period, view.now, view.hours.get(meter.id, 0)
        )
    if found is None:
        return None
    return {"percent_at_period_end": found.percent, "reaches_limit_at": found.reaches_limit_at}
