"""Counts results: plays, readiness, plans and their limits (R-004, R-010, R-014, R-078, R-081)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.trigger.judgement.economics import packaging
from services.trigger.judgement.gates import guardrails
from services.trigger.judgement.gates.guardrails import Play
from services.trigger.tables import reports as counts
from shared.answers import Amount, FaultShown
from shared.catalog import Catalog, Policy
from shared.values.periods import NEVER
from shared.values.quantities import json_number

LONG_STANDING = timedelta(days=365)


class FlagShown(TypedDict):
    """What readers of the figures have to know.

    `pruned`: some of the underlying data is no longer stored.
    """

    flag: str
    reason: str


class Flagged(TypedDict):
    flags: list[FlagShown]


def pruned(since: datetime, kept: Mapping[str, datetime]) -> list[FlagShown]:
    """`kept`: what the report counts, and since when it is stored."""
    gone = {what: at for what, at in kept.items() if since < at}
    return [
        {"flag": "pruned", "reason": f"{what} from before {at:%Y-%m-%d} are no longer kept"}
        for what, at in gone.items()
    ]


class NpsMoved(TypedDict):
    """The mean NPS of the same accounts, before and after."""

    before: Amount
    after: Amount
    delta: Amount
    n: int


class PlayReport(TypedDict):
    """The results of one reason to propose. `paused`: why it paused itself."""

    play: str
    sent: int
    complaints: int
    unsubscribes: int
    helpful_percent: Amount | None
    paused: str | None
    nps: NpsMoved | None


class Readiness(TypedDict):
    """Counts decisions that considered whether a person should act."""

    asked: int
    qualified: int
    needs_discovery: int
    nurture: int
    disqualified: int


class TargetReport(TypedDict):
    """The share of long-standing customers who are on their family's target plan."""

    family: str
    customers: int
    percent: Amount
    majority: bool


class SupportReport(TypedDict):
    """Answered tickets of a plan's customers, and those answered later than the plan promises."""

    plan: str
    answered: int
    sla_breached: int


class PlanFits(TypedDict):
    """How well the plans fit. `warnings`: limits that are reached too early."""

    target: list[TargetReport]
    warnings: list[FaultShown]
    support: list[SupportReport]


async def plays(conn: AsyncConnection, policy: Policy, since: datetime) -> list[PlayReport]:
    """For each play: what was sent, how it was answered, why it is paused, and the mean NPS of the
    accounts it reached, before and after.
    """
    scores = await counts.scores(conn, since)
    return [_play(play, scores.get(play.key, []), policy) for play in await counts.plays(conn)]


def _play(play: Play, scores: Sequence[tuple[int, int]], policy: Policy) -> PlayReport:
    helpful = play.helpful_percent
    return {
        "play": play.key,
        "sent": play.sent,
        "complaints": play.complaints,
        "unsubscribes": play.unsubscribes,
        "helpful_percent": None
        if helpful is None
        else json_number(helpful.quantize(Decimal("0.1"))),
        "paused": guardrails.pauses(play, policy.guardrails),
        "nps": _moved(scores),
    }


def _moved(scores: Sequence[tuple[int, int]]) -> NpsMoved | None:
    before, after = [one[0] for one in scores], [one[1] for one in scores]
    delta = guardrails.effect(before, after)
    if delta is None:
        return None
    return {
        "before": _mean(before),
        "after": _mean(after),
        "delta": json_number(delta),
        "n": len(scores),
    }


def _mean(scores: Sequence[int]) -> int | Decimal:
    return json_number((Decimal(sum(scores)) / len(scores)).quantize(Decimal("0.1")))


async def readiness(conn: AsyncConnection, since: datetime) -> Readiness:
    """Of the decisions that considered whether a person should act: how many were ready, and why
    others were not (R-078).
    """
    verdicts = Counter(await counts.verdicts(conn, since))
    return {
        "asked": verdicts.total(),
        "qualified": verdicts["qualified"],
        "needs_discovery": verdicts["needs_discovery"],
        "nurture": verdicts["nurture"],
        "disqualified": verdicts["not_yet"],
    }


async def plans(
    conn: AsyncConnection, catalog: Catalog, now: datetime, since: datetime, kept: datetime = NEVER
) -> PlanFits:
    """Whether long-standing customers are on the right plans, limits that are reached too early,
    answers later than promised.

    `kept`: since when alerts are stored; for earlier subscriptions it is unknown what they reached
    at their start.
    """
    customers = [
        plan
        for plan in await counts.plans_of_long_standing(conn, now, now - LONG_STANDING)
        if plan in catalog.plans
    ]
    early = await counts.early_limits(conn, now, kept, timedelta(days=packaging.EARLY_DAYS))
    answers = await counts.answered_tickets(conn, now, since)
    return {
        "target": list(_targets(catalog, customers)),
        "warnings": list(_bites(catalog, early)),
        "support": _support(catalog, answers),
    }


def _targets(catalog: Catalog, customers: Sequence[str]) -> Iterable[TargetReport]:
    families = dict.fromkeys(plan.family for plan in catalog.plans.values())
    for family in families:
        mine = [plan for plan in customers if catalog.plans[plan].family == family]
        found = packaging.share_on_target(catalog, mine)
        if found is not None:
            percent, majority = found
            yield {
                "family": family,
                "customers": len(mine),
                "percent": json_number(percent),
                "majority": majority,
            }


def _bites(catalog: Catalog, rows: Iterable[Row[Any]]) -> Iterable[FaultShown]:
    for row in rows:
        plan = catalog.plans.get(row.plan)
        fault = (
            packaging.arbitrary_limit(plan, row.meter, row.accounts, row.early) if plan else None
        )
        if fault is not None:
            yield {"path": fault.path, "reason": fault.reason}


def _support(catalog: Catalog, rows: Iterable[Row[Any]]) -> list[SupportReport]:
    answered: Counter[str] = Counter()
    breached: Counter[str] = Counter()
    for row in rows:
        if row.plan in catalog.plans:
            answered[row.plan] += 1
            breached[row.plan] += packaging.sla_breached(
                catalog.plans[row.plan], row.opened_at, row.answered_at
            )
    return [
        {"plan": plan, "answered": answered[plan], "sla_breached": breached[plan]}
        for plan in catalog.plans
        if answered[plan]
    ]
