"""Which facts and crossings are a reason to act (R-026, R-027, R-040, R-044..R-046, R-142..R-145).

`of_crossing` and `of_fact` return what is newly raised; a signal that is still open is not raised
twice.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta

from services.trigger.judgement.case import Case, Crossing
from services.trigger.judgement.facts.facts import Facts, Signal, Usage
from services.trigger.judgement.facts.record import PROMOTER
from services.trigger.judgement.findings import needs
from shared.catalog import Catalog, Plan, Policy

HISTORY = timedelta(days=7)
NPS_ONCE = timedelta(days=14)
LIMIT_AHEAD = timedelta(days=30)
"""How far ahead a gauge's limit is a reason to act."""

PRIORITY: Mapping[str, int] = {
    "usage_limit": 100,
    "compliance_need": 95,
    "repeated_limit": 90,
    "team_growth": 85,
    "pre_purchase": 80,
    "forecast_limit": 75,
    "renewal": 70,
    "feature_requested": 65,
    "nps_high": 60,
    "better_support": 55,
    "cancel_intent": 0,
}
NEVER_PROPOSES = frozenset({"cancel_intent"})
ANEW = frozenset({"nps_high"})
"""Has its own rule for how far apart two must be (R-044), even while the previous one is open."""


def by_priority(types: Iterable[str]) -> tuple[str, ...]:
    """Distinct signal types, highest priority first (R-040)."""
    return tuple(sorted(set(types), key=lambda name: (-PRIORITY.get(name, 0), name)))


def limit_signal(case: Case) -> Signal | None:
    """The most important limit signal: reached limits first, fullest first, then approaching."""
    found = [
        signal
        for signal in case.signals
        if signal.type.endswith("_limit") and signal.key in case.facts.usage
    ]
    return max(
        found,
        key=lambda one: (PRIORITY[one.type], case.facts.usage[one.key].percent or 0, one.key),
        default=None,
    )


def is_history(happened: datetime, received: datetime) -> bool:
    """More than 7 days old on arrival: it counts but raises nothing."""
    return received - happened > HISTORY


def of_crossing(
    crossing: Crossing, usage: Usage | None, policy: Policy, at: datetime
) -> tuple[Signal, ...]:
    """`usage_limit`, for a counter until it resets; `repeated_limit` if it was as full before."""
    evidence = {"threshold": crossing.threshold.json, "percent": crossing.percent}
    raised = [
        Signal("usage_limit", at, crossing.meter, usage.period_end if usage else None, evidence)
    ]
    if usage is not None and is_repeated(usage, policy):
        raised.append(_repeated(usage, at))
    return tuple(raised)


def is_repeated(usage: Usage, policy: Policy) -> bool:
    """R-026: at or above 95 % in two consecutive periods, or on three distinct days of one."""
    rule = policy.repeat_periods
    if usage.percent is None:
        return False
    twice = (
        usage.percent >= rule.percent
        and usage.last_percent is not None
        and usage.last_percent >= rule.percent
    )
    return twice or usage.hot_days >= rule.days


def is_forecast(usage: Usage, at: datetime) -> bool:
    """BP-23: at least three days of data, and the limit is reached before the reset, but has not
    been yet.

    A gauge has no reset: its limit must be reached within the days it is projected for.
    """
    if (
        usage.reaches_limit_at is None
        or usage.days_of_data < 3
        or usage.percent is None
        or usage.percent >= 100
    ):
        return False
    return (
        usage.reaches_limit_at <= at + LIMIT_AHEAD
        if usage.period_end is None
        else usage.reaches_limit_at < usage.period_end
    )


def of_usage(facts: Facts, policy: Policy, at: datetime) -> tuple[Signal, ...]:
    """What the daily look at the meters raises: a limit reached repeatedly, or one on its way."""
    raised = []
    for usage in facts.usage.values():
        if is_repeated(usage, policy) and not _is_open(facts, "repeated_limit", usage.meter, at):
            raised.append(_repeated(usage, at))
        if is_forecast(usage, at) and not _is_open(facts, "forecast_limit", usage.meter, at):
            evidence = {"reaches_limit_at": usage.reaches_limit_at, "projected": usage.projected}
            raised.append(
                Signal(
                    "forecast_limit",
                    at,
                    usage.meter,
                    usage.period_end or at + LIMIT_AHEAD,
                    evidence,
                )
            )
    return tuple(raised)


def of_fact(
    type_: str,
    data: Mapping[str, object],
    happened: datetime,
    catalog: Catalog,
    facts: Facts,
    now: datetime,
) -> tuple[Signal, ...]:
    """What one fact raises, given everything known with it.

    History raises nothing, nor does a signal that is already open.
    """
    rule = _BY_TYPE.get(type_)
    if rule is None or is_history(happened, now):
        return ()
    found = rule(data, happened, catalog, facts, now)
    return tuple(
        signal
        for signal in found
        if signal.type in ANEW or not _is_open(facts, signal.type, signal.key, now)
    )


def _repeated(usage: Usage, at: datetime) -> Signal:
    evidence = {
        "percent": usage.percent,
        "last_percent": usage.last_percent,
        "days": usage.hot_days,
    }
    return Signal(
        "repeated_limit", at, usage.meter, usage.period_end or at + timedelta(days=30), evidence
    )


def _is_open(facts: Facts, type_: str, key: str, now: datetime) -> bool:
    return any(
        signal.type == type_ and signal.key == key and signal.holds(now) for signal in facts.signals
    )


Rule = Callable[[Mapping[str, object], datetime, Catalog, Facts, datetime], Iterable[Signal]]


def _nps(
    data: Mapping[str, object], happened: datetime, catalog: Catalog, facts: Facts, now: datetime
) -> Iterable[Signal]:
    """R-044: 9 or 10; two within 14 days count as one."""
    recent = any(
        signal.type == "nps_high" and abs(happened - signal.at) <= NPS_ONCE
        for signal in facts.signals
    )
    score = data["score"]
    if isinstance(score, int) and score >= PROMOTER and not recent:
        yield Signal(
            "nps_high",
            happened,
            "",
            happened + timedelta(days=catalog.policy.nps_max_age_days),
            {"score": score},
        )


def _request(
    data: Mapping[str, object], happened: datetime, catalog: Catalog, facts: Facts, now: datetime
) -> Iterable[Signal]:
    """R-142: the third distinct request for one feature that only a higher plan has."""
    feature, plan = str(data["feature"]), _own(catalog, facts)
    if (
        plan is None
        or feature in plan.features
        or not any(feature in higher.features for higher in catalog.higher_plans(plan.id))
    ):
        return
    if (count := needs.requests(facts.record, feature, now)) >= needs.ASKS:
        until = happened + timedelta(days=needs.REQUEST_DAYS)
        yield Signal(
            "feature_requested", happened, feature, until, {"feature": feature, "count": count}
        )


def _growth(
    data: Mapping[str, object], happened: datetime, catalog: Catalog, facts: Facts, now: datetime
) -> Iterable[Signal]:
    """R-143: only if the people who are joining do not fit."""
    count = data["count"]
    if isinstance(count, int) and (above := needs.seats_above(catalog, facts, count)):
        until = happened + timedelta(days=needs.GROWTH_DAYS)
        yield Signal(
            "team_growth",
            happened,
            "",
            until,
            {"count": count, "role": data.get("role"), "above": above},
        )


def _ticket(
    data: Mapping[str, object], happened: datetime, catalog: Catalog, facts: Facts, now: datetime
) -> Iterable[Signal]:
    """R-144: two urgent requests for faster support in 30 days, and a plan that answers faster."""
    plan = _own(catalog, facts)
    if plan is None or not any(
        needs.faster(higher, plan) for higher in catalog.higher_plans(plan.id)
    ):
        return
    if (count := needs.urgent_asks(facts.record, now)) >= needs.URGENT_ASKS:
        yield Signal(
            "better_support",
            happened,
            "",
            happened + timedelta(days=needs.SUPPORT_DAYS),
            {"tickets": count},
        )


def _compliance(
    data: Mapping[str, object], happened: datetime, catalog: Catalog, facts: Facts, now: datetime
) -> Iterable[Signal]:
    """R-145: a framework requires what a higher plan has and the current one lacks."""
    plan, framework = _own(catalog, facts), str(data["framework"])
    if plan is None:
        return
    missing = [
        feature
        for feature in needs.framework_features(catalog, framework)
        if feature not in plan.features
    ]
    if not any(
        feature in higher.features
        for feature in missing
        for higher in catalog.higher_plans(plan.id)
    ):
        return
    need = next(
        (need for need in needs.live_compliance(facts.record, now) if need.framework == framework),
        None,
    )
    if need is None:
        return
    until = happened + timedelta(days=needs.REQUEST_DAYS)
    if need.deadline is not None:
        until = datetime.combine(
            need.deadline + timedelta(days=1), time(0), facts.account.zone
        ).astimezone(UTC)
    yield Signal(
        "compliance_need",
        happened,
        framework,
        until,
        {"framework": framework, "deadline": need.deadline, "features": missing},
    )


def _quote(
    data: Mapping[str, object], happened: datetime, catalog: Catalog, facts: Facts, now: datetime
) -> Iterable[Signal]:
    """R-045, R-046: from the quote until the signature."""
    signed = facts.record.signed
    if signed is None:
        yield Signal(
            "pre_purchase",
            happened,
            "",
            happened + timedelta(days=needs.GROWTH_DAYS),
            {"plan": data["plan"]},
        )


def _cancel(
    data: Mapping[str, object], happened: datetime, catalog: Catalog, facts: Facts, now: datetime
) -> Iterable[Signal]:
    yield Signal(
        "cancel_intent", happened, "", happened + timedelta(days=90), {"reason": data.get("reason")}
    )


def _own(catalog: Catalog, facts: Facts) -> Plan | None:
    return catalog.plans.get(facts.subscription.plan) if facts.subscription else None


_BY_TYPE: Mapping[str, Rule] = {
    "nps.responded": _nps,
    "feature.requested": _request,
    "team.growth": _growth,
    "ticket.opened": _ticket,
    "ticket.classified": _ticket,
    "compliance.need": _compliance,
    "quote.presented": _quote,
    "cancel.intent": _cancel,
}
