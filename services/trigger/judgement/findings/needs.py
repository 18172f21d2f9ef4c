"""What the account needs, as stated or as measured, and whether a plan answers it (R-076, R-103,
R-119, R-131, R-142).

What is only inferred from behaviour (`feature.gated`) is a hypothesis, not a need. Limits measured
by meters are facts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.trigger.judgement.facts.facts import Facts, began_within, within
from services.trigger.judgement.facts.record import Compliance, Record
from shared.catalog import Catalog, Plan
from shared.values.bounds import AHEAD

REQUEST_DAYS = 180
ASKS = 3
GROWTH_DAYS = 90
SUPPORT_DAYS = 30
URGENT_ASKS = 2
PRESSURE_PERCENT = 80
PEOPLE_UNITS = frozenset({"seat", "user", "member"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """`kind`: "feature", "meter" or "support"; `key`: which one; `count`: number of requests."""

    kind: str
    key: str
    source: str
    count: int = 1
    text: str | None = None


def wanted(catalog: Catalog, facts: Facts, plan: Plan, now: datetime) -> tuple[Wanted, ...]:
    """Every recorded need that the account's own plan does not answer, in a fixed order."""
    found = [
        *_stated(facts.record),
        *_requested(facts.record, now),
        *_unavailable(facts.record, now),
    ]
    found += _required(catalog, facts.record, now)
    if urgent_asks(facts.record, now) >= URGENT_ASKS:
        found.append(Wanted("support", "support", "ticket.opened", urgent_asks(facts.record, now)))
    found += [
        Wanted("meter", meter, "team.growth", growing(facts.record, now))
        for meter in _outgrown(catalog, facts, plan, now)
    ]
    unanswered = (one for one in found if one.kind == "meter" or not answers(plan, plan, one))
    return tuple(sorted(unanswered, key=lambda one: (one.kind, one.key, one.source)))


def answers(plan: Plan, current: Plan, need: Wanted) -> bool:
    """Whether a plan answers a need: it has the feature, allows more of the meter than the current
    one, or answers faster.
    """
    match need.kind:
        case "feature":
            return need.key in plan.features
        case "meter":
            return more(plan, current, need.key)
        case _:
            return faster(plan, current)


def more(plan: Plan, current: Plan, meter: str) -> bool:
    if meter not in plan.limits or meter not in current.limits:
        return False
    higher, limit = plan.limit(meter), current.limit(meter)
    return limit is not None and (higher is None or higher > limit)


def faster(plan: Plan, current: Plan) -> bool:
    hours, own = plan.support.first_response_hours, current.support.first_response_hours
    return hours is not None and (own is None or hours < own)


def pressed(facts: Facts) -> tuple[str, ...]:
    """Meters that are nearly full: a fact, whether or not anyone asked."""
    return tuple(
        sorted(
            usage.meter
            for usage in facts.usage.values()
            if usage.percent is not None and usage.percent >= PRESSURE_PERCENT
        )
    )


def requests(record: Record, feature: str, now: datetime) -> int:
    """Distinct requests for one feature in 180 days (R-142)."""
    return sum(1 for ask in record.requested.get(feature, ()) if within(ask.at, now, REQUEST_DAYS))


def urgent_asks(record: Record, now: datetime) -> int:
    return sum(
        1
        for ticket in record.tickets.values()
        if ticket.cls == "support_speed"
        and ticket.severity == "urgent"
        and began_within(ticket, now, SUPPORT_DAYS)
    )


def people_meter(catalog: Catalog) -> str | None:
    """The meter that counts people: named `seats` or `users`, or by its unit."""
    named = [
        meter.id
        for meter in catalog.meters.values()
        if meter.id in ("seats", "users") or meter.unit in PEOPLE_UNITS
    ]
    return named[0] if named else None


def seats_above(catalog: Catalog, facts: Facts, joining: int) -> int:
    """How many of the announced seats exceed the limit; those below are paid for (R-143)."""
    usage = facts.usage.get(people_meter(catalog) or "")
    if usage is None or usage.limit is None:
        return 0
    return max(0, min(joining, int(usage.used) + joining - int(usage.limit)))


def growing(record: Record, now: datetime) -> int:
    """People who are joining, by the newest statement within 90 days."""
    recent = [growth for growth in record.growth if within(growth.at, now, GROWTH_DAYS)]
    return max(recent, key=lambda growth: growth.order).count if recent else 0


def framework_features(catalog: Catalog, framework: str) -> tuple[str, ...]:
    """The features a framework requires; if the catalogue does not say, certificates."""
    return catalog.frameworks.get(framework, ("compliance_certs",))


def live_compliance(record: Record, now: datetime) -> list[Compliance]:
    """Needs whose deadline has not passed; without a deadline, for 180 days."""
    return [
        need
        for need in record.compliance
        if need.at <= now + AHEAD
        and (need.deadline >= now.date() if need.deadline else within(need.at, now, REQUEST_DAYS))
    ]


def _stated(record: Record) -> Iterable[Wanted]:
    for need in record.needs:
        if need.feature:
            yield Wanted("feature", need.feature, "need.stated", text=need.text)
        elif need.meter:
            yield Wanted("meter", need.meter, "need.stated", text=need.text)


def _requested(record: Record, now: datetime) -> Iterable[Wanted]:
    for feature in record.requested:
        if count := requests(record, feature, now):
            yield Wanted("feature", feature, "feature.requested", count)


def _unavailable(record: Record, now: datetime) -> Iterable[Wanted]:
    for ticket in record.tickets.values():
        if (
            ticket.cls in ("feature_unavailable", "upper_plan_question")
            and ticket.feature
            and began_within(ticket, now, REQUEST_DAYS)
        ):
            yield Wanted("feature", ticket.feature, "ticket.opened")


def _required(catalog: Catalog, record: Record, now: datetime) -> list[Wanted]:
    return [
        Wanted("feature", feature, "compliance.need", text=need.framework)
        for need in live_compliance(record, now)
        for feature in framework_features(catalog, need.framework)
    ]


def _outgrown(catalog: Catalog, facts: Facts, plan: Plan, now: datetime) -> tuple[str, ...]:
    meter = people_meter(catalog)
    if meter is None or meter not in plan.limits:
        return ()
    return (meter,) if seats_above(catalog, facts, growing(facts.record, now)) else ()
