"""Whether the account is ready to expand: a score of 0 to 100 with its reasons (BP-06).

Not health, which says whether the account may leave (BP-01). The weight of what is unknown goes to
the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from typing_extensions import TypedDict

from services.trigger.judgement.case import Case
from services.trigger.judgement.facts.record import Record
from services.trigger.judgement.findings import needs
from services.trigger.judgement.findings.health import Component, HealthComponent, round_to
from services.trigger.judgement.findings.needs import Wanted
from services.trigger.judgement.findings.qualification import active_people_rise, profile_checks
from shared.answers import Amount

WEIGHTS: Mapping[str, Decimal] = {
    "limit": Decimal("0.40"),
    "needs": Decimal("0.25"),
    "fit": Decimal("0.20"),
    "growth": Decimal("0.15"),
}
MOST_REASONS = 3
HALF_LIFE_DAYS = 14
POINTS = Decimal(25)
"""Of a need that was said today, and of a profile check that holds."""
_PRESSURE = ((100, 100), (95, 85), (90, 70), (80, 50))
_HUNDRED = Decimal(100)


class ReadinessToExpand(TypedDict):
    """A score of 0 to 100, and the parts that raise it most."""

    score: Amount
    reasons: list[HealthComponent]


@dataclass(frozen=True, slots=True)
class Readiness:
    score: Decimal
    reasons: tuple[Component, ...]

    def json(self) -> ReadinessToExpand:
        return {"score": self.score, "reasons": [one.json() for one in self.reasons]}


def readiness(case: Case) -> Readiness | None:
    """None if nothing is known."""
    return score(values(case))


def score(known: Mapping[str, Decimal]) -> Readiness | None:
    """The weighted mean of the known parts; as reasons those that contribute most."""
    total = sum((WEIGHTS[key] for key in known), Decimal(0))
    if not total:
        return None
    exact = sum((known[key] * WEIGHTS[key] for key in known), Decimal(0)) / total
    first = sorted(known, key=lambda key: (known[key] * WEIGHTS[key], WEIGHTS[key]), reverse=True)
    reasons = tuple(
        Component(key, round_to(known[key], "0.1"), round_to(WEIGHTS[key] / total, "0.0001"))
        for key in first[:MOST_REASONS]
    )
    return Readiness(round_to(exact, "0.1"), reasons)


def values(case: Case) -> dict[str, Decimal]:
    """The known parts, each 0 to 100."""
    found = {
        "limit": _limit(case),
        "needs": _needs(case),
        "fit": _fit(case),
        "growth": _growth(case),
    }
    return {key: value for key, value in found.items() if value is not None}


def _limit(case: Case) -> Decimal | None:
    percents = [usage.percent for usage in case.facts.usage.values() if usage.percent is not None]
    return Decimal(pressure(max(percents))) if percents else None


def pressure(percent: int) -> int:
    return next((points for least, points in _PRESSURE if percent >= least), 0)


def _needs(case: Case) -> Decimal | None:
    """A need counts half after a fortnight; one that the next plan does not answer not at all."""
    plan, above = case.plan, case.next_plan
    if plan is None:
        return None
    wanted = [need for need in case.needs if above and needs.answers(above, plan, need)]
    said = {(need.kind, need.key): last_said(case, need) for need in wanted}
    points = (_decayed(case.at - at) for at in said.values() if at is not None)
    return min(_HUNDRED, sum(points, Decimal(0)))


def _decayed(age: timedelta) -> Decimal:
    days = max(0, age // timedelta(days=1))
    return POINTS * Decimal(2) ** (Decimal(-days) / HALF_LIFE_DAYS)


def last_said(case: Case, need: Wanted) -> datetime | None:
    """When anyone last said it, whatever the source."""
    record = case.facts.record
    match need.kind:
        case "feature":
            moments = _feature_said(case, need.key)
        case "meter":
            moments = [one.at for one in record.needs if one.meter == need.key]
            if need.key == needs.people_meter(case.catalog):
                moments += [growth.at for growth in record.growth]
        case _:
            moments = _tickets_said(record, "support_speed")
    return max((at for at in moments if at <= case.at), default=max(moments, default=None))


def _feature_said(case: Case, feature: str) -> list[datetime]:
    record = case.facts.record
    return [
        *(one.at for one in record.needs if one.feature == feature),
        *(ask.at for ask in record.requested.get(feature, ())),
        *_tickets_said(record, "feature_unavailable", feature),
        *_tickets_said(record, "upper_plan_question", feature),
        *(
            one.at
            for one in record.compliance
            if feature in needs.framework_features(case.catalog, one.framework)
        ),
    ]


def _tickets_said(record: Record, cls: str, feature: str | None = None) -> list[datetime]:
    return [
        ticket.began_last_at
        for ticket in record.tickets.values()
        if ticket.cls == cls and (feature is None or ticket.feature == feature)
    ]


def _fit(case: Case) -> Decimal | None:
    checks = profile_checks(case).values()
    if all(check.holds is None for check in checks):
        return None
    return POINTS * sum(1 for check in checks if check.holds)


def _growth(case: Case) -> Decimal | None:
    rises = active_people_rise(case).holds
    return None if rises is None else _HUNDRED * rises
