"""The table of reports. A new report is a module in `process/reports/`, a row here, the words of
its flags, and a line on the page.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.trigger.process.figures.answer import Figures
from services.trigger.process.figures.handoff_states import requests
from services.trigger.process.figures.uplift import Arm
from services.trigger.process.reports import (
    amounts,
    attribution,
    balance,
    case_study,
    conversion,
    costs,
    experiment,
    first_year,
    funnel,
    handoffs,
    holdout,
    hygiene,
    ltv,
    missed_triggers,
    nrr,
    objections,
    owners,
    pipeline,
    retention,
    thresholds,
    time_to_upsell,
)
from services.trigger.reports.source import Source
from services.trigger.tables.figures import deals, lives, revenue, satisfaction, triggers, upsells
from services.trigger.tables.figures.beginnings import Begins

Counted = Literal["decisions", "proposals", "facts", "alerts"]
Load = Callable[[Source], Awaitable[Figures]]

YEAR, THREE_YEARS = 365, 1_096
EXPERIMENT_WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Report:
    """`days`: the period by default. `by`: what it may be broken down by. `counted`: what it counts
    of rows that are not kept for ever. `begins`: what its first day is that of.
    """

    load: Load
    begins: Begins
    days: int = YEAR
    by: tuple[str, ...] = ()
    counted: tuple[Counted, ...] = ()


async def _conversion(source: Source) -> Figures:
    return conversion.report(await deals.qualified(source.conn, source.question), source.question)


async def _amounts(source: Source) -> Figures:
    asked = source.question
    found = await upsells.upsells(source.conn, asked.since, asked.until, asked.currency)
    return amounts.report([move.upsell for move in found], asked)


async def _time_to_upsell(source: Source) -> Figures:
    sold = await source.with_plan_above()
    found = await lives.lives(source.conn, source.question, sold)
    return time_to_upsell.report(found, source.question)


async def _retention(source: Source) -> Figures:
    upgraded, others = await lives.retained(source.conn, source.question)
    return retention.report(upgraded, others, source.question)


async def _nrr(source: Source) -> Figures:
    return nrr.report(*await revenue.books(source.conn, source.question), source.question)


async def _pipeline(source: Source) -> Figures:
    conn, asked = source.conn, source.question
    open_, reached = await deals.standing(conn, asked), await deals.reached(conn, asked)
    return pipeline.report(open_, reached, asked)


async def _funnel(source: Source) -> Figures:
    return funnel.report(await deals.reached(source.conn, source.question), source.question)


async def _hygiene(source: Source) -> Figures:
    conn, asked = source.conn, source.question
    found = [one for deal in await deals.waiting(conn) for one in hygiene.lacks(deal, asked.now)]
    found += [
        hygiene.Finding("task", row.id, row.account, row.owner_id, "overdue", row.due_at)
        for row in await deals.overdue_tasks(conn, asked.now)
    ]
    return hygiene.report(found, asked)


async def _first_year(source: Source) -> Figures:
    conn, asked = source.conn, source.question
    found = await lives.starters(conn, asked, await source.with_plan_above())
    ended = await lives.churns(conn, asked.since, asked.until)
    missing = [await source.lacks(*one) for one in ended]
    return first_year.report(found, first_year.Churns(len(ended), sum(missing)), asked)


async def _ltv(source: Source) -> Figures:
    return ltv.report(*await revenue.subscribed(source.conn, source.question), source.question)


async def _costs(source: Source) -> Figures:
    conn, known = source.conn, source.policy.costs
    if known is None:
        return costs.report(None, 0, 0, source.question)
    asked = replace(source.question, currency=known.currency)
    sent, won = await deals.sent_proposals(conn, asked), await deals.plan_lines_won(conn, asked)
    return costs.report(known, sent, won, asked)


async def _case_study(source: Source) -> Figures:
    asked, catalog = source.question, source.catalog
    families = catalog.families() if catalog else {}
    plans = families.get(asked.family or next(iter(families), ""), ())
    below = [plan.id for plan in plans[:-1]]

    async def cohorts(since: datetime, until: datetime) -> tuple[dict[str, case_study.Cohort], int]:
        return await revenue.family_cohorts(source.conn, since, until, below, asked.currency)

    before, after = await cohorts(*asked.former), await cohorts(asked.since, asked.passed)
    periods = {case_study.BEFORE: before[0], case_study.AFTER: after[0]}
    return case_study.report(periods, before[1] + after[1], asked)


async def _thresholds(source: Source) -> Figures:
    return thresholds.report(await triggers.reached(source.conn, source.question), source.question)


async def _owners(source: Source) -> Figures:
    return owners.report(await deals.closed(source.conn, source.question), source.question)


async def _objections(source: Source) -> Figures:
    return objections.report(await deals.raised(source.conn, source.question), source.question)


async def _handoffs(source: Source) -> Figures:
    conn, asked = source.conn, source.question
    found = [
        request
        for acts in await deals.handoff_acts(conn, asked)
        for request in requests(acts, asked.since, asked.until)
    ]
    return handoffs.report(found, await deals.losses(conn, asked), asked)


async def _missed(source: Source) -> Figures:
    conn, asked = source.conn, source.question
    outcomes, assisted = await triggers.outcomes(conn, asked), await triggers.assisted(conn, asked)
    within = timedelta(hours=source.policy.process.missed_hours)
    return missed_triggers.report(outcomes, assisted, within, asked)


async def _attribution(source: Source) -> Figures:
    return attribution.report(await source.attributed(), source.question)


async def _holdout(source: Source) -> Figures:
    return holdout.report(await triggers.held_out(source.conn, source.question), source.question)


async def _experiment(source: Source) -> Figures:
    found = await source.experiment()
    if found is None:
        return experiment.report({}, source.question)
    asked = source.question
    crossed = await triggers.crossed_80(source.conn, asked, found.id, EXPERIMENT_WINDOW)
    moved: dict[str, list[bool]] = {name: [] for name in sorted(found.arms)}
    for arm, upgraded in crossed:
        moved[arm].append(upgraded)
    arms = {name: Arm(sum(hits), len(hits)) for name, hits in moved.items()}
    return experiment.report(arms, source.question)


async def _balance(source: Source) -> Figures:
    now, before = await source.attributed(), await source.attributed(former=True)
    answers = await satisfaction.answers(source.conn, source.question)
    return balance.report(now, before, answers, source.question)


REPORTS: Mapping[str, Report] = {
    "amounts": Report(_amounts, "upsells"),
    "attribution": Report(_attribution, "upsells", counted=("proposals",)),
    "balance": Report(_balance, "upsells", counted=("proposals", "facts")),
    "case_study": Report(_case_study, "plans"),
    "conversion": Report(_conversion, "deals", by=("plan", "size", "segment", "owner", "reason")),
    "costs": Report(_costs, "proposals", counted=("proposals",)),
    "experiment": Report(_experiment, "alerts", counted=("alerts",)),
    "first_year": Report(_first_year, "plans", THREE_YEARS, by=("plan", "size", "segment")),
    "funnel": Report(_funnel, "deals"),
    "handoffs": Report(_handoffs, "deals"),
    "holdout": Report(_holdout, "decisions", counted=("decisions",)),
    "hygiene": Report(_hygiene, "deals"),
    "ltv": Report(_ltv, "plans", THREE_YEARS),
    "missed": Report(_missed, "decisions", counted=("decisions",)),
    "nrr": Report(_nrr, "plans"),
    "objections": Report(_objections, "deals"),
    "owners": Report(_owners, "deals"),
    "pipeline": Report(_pipeline, "deals"),
    "retention": Report(_retention, "plans", THREE_YEARS),
    "thresholds": Report(_thresholds, "alerts", counted=("alerts", "decisions", "proposals")),
    "time_to_upsell": Report(_time_to_upsell, "plans", THREE_YEARS),
}
