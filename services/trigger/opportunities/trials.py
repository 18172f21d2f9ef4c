"""Trials that start or end by the clock, or because of what their account buys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import PlanMove
from services.trigger.dossier.loader import Loader
from services.trigger.opportunities import tasks
from services.trigger.opportunities.logs import Logs, context_of
from services.trigger.outcome import Outcome
from services.trigger.process.deals.purchases import Purchase
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import SUBSCRIPTION, TIMER, By
from services.trigger.process.tasks.openings import opening
from services.trigger.process.trials import course
from services.trigger.process.trials.reminder import reminder
from services.trigger.tables.due import Due
from services.trigger.tables.present import Present
from services.trigger.tables.process import opportunities as head_rows


async def passed(
    conn: AsyncConnection, loader: Loader, found: Sequence[Due], now: datetime
) -> Outcome:
    """The moment of a trial has come; one that is over by now is not asked again."""
    outcome = Outcome()
    for one in found:
        context = await Logs(loader).context(conn, one.account, now)
        if context is not None:
            id = one.purpose.partition(":")[2]
            deals = {trial.opportunity for trial in context.trials if trial.id == id}
            outcome.add(await _write(conn, loader, deals, context, TIMER))
    return outcome


async def ending(
    conn: AsyncConnection, loader: Loader, found: Sequence[Due], now: datetime
) -> Outcome:
    """Trials that will soon be over: somebody is to talk about them."""
    outcome, logs = Outcome(), Logs(loader)
    for one in found:
        context = await logs.context(conn, one.account, now)
        id = one.purpose.partition(":")[2]
        trial = next((each for each in context.trials if each.id == id), None) if context else None
        row = None if trial is None else await head_rows.find(conn, trial.opportunity)
        if row is None:
            continue
        owner = head_rows.owner_of(row)
        context = await logs.context(conn, one.account, now, [owner] if owner else [])
        if context is None:
            continue
        deal = await logs.state(conn, row, context)
        asked = reminder(course.courses(deal)[id], context)
        task = opening(asked, context, id, deal.owner)
        outcome.add(await tasks.open_all(conn, [task], TIMER, now))
    return outcome


async def cut_short(
    conn: AsyncConnection,
    loader: Loader,
    moves: Sequence[PlanMove],
    now: datetime,
    present: Present,
) -> Outcome:
    """Of accounts that have trials: they end with a plan above, and with the subscription."""
    known = await loader.load(conn, {move.account for move in moves}, now, present=present)
    outcome = Outcome()
    for move in moves:
        if move.account not in known:
            continue
        context = await context_of(conn, known[move.account], now)
        if move.after is None or Purchase(move.before, move.after, context.catalog, now).is_up:
            deals = {trial.opportunity for trial in context.trials}
            outcome.add(await _write(conn, loader, deals, context, SUBSCRIPTION))
    return outcome


async def _write(
    conn: AsyncConnection, loader: Loader, deals: set[str], context: Context, by: By
) -> Outcome:
    logs, outcome = Logs(loader), Outcome()
    for row in await head_rows.of_ids(conn, deals):
        deal = await logs.state(conn, row, context)
        asked = course.passed if by == TIMER else course.cut_short
        drafts = {deal.id: list(asked(deal, context))}
        outcome.add(await logs.write(conn, [row], [deal], drafts, by, context))
    return outcome
