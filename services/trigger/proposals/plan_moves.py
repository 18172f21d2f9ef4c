"""What follows for judgement when subscriptions begin, change or end."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import PlanMove
from services.trigger.dossier.loader import Loader
from services.trigger.opportunities import movements
from services.trigger.outcome import Outcome
from services.trigger.proposals import renewals, satisfaction
from services.trigger.proposals.renewals import DAILY, RENEWAL
from services.trigger.proposals.results import LOOK
from services.trigger.tables import due
from services.trigger.tables import facts as fact_rows
from services.trigger.tables import judgements as state_rows
from services.trigger.tables.present import Present


async def subscribed(
    conn: AsyncConnection,
    loader: Loader,
    moves: Sequence[PlanMove],
    now: datetime,
    present: Present,
) -> Outcome:
    """What they bought is closed, and what their new subscriptions bring is scheduled."""
    outcome = await movements.subscribed(conn, loader, moves, now, present)
    for move in moves:
        if move.after is None:
            await _unsubscribed(conn, move.account, now)
    await fact_rows.begin_contracts(
        conn,
        {one.account: one.after.started_at for one in moves if one.after and one.before is None},
    )
    for move in moves:
        if move.before and move.after and move.changes_plan:
            await fact_rows.keep_contract(conn, move.account, move.before.started_at)
            await state_rows.close_signals(conn, move.account, now)
    await _plan_satisfaction(conn, loader, [one for one in moves if one.changes_plan], now, present)
    running = {one.account: one.after for one in moves if one.after}
    await renewals.plan_ahead(conn, running, now, present)
    return outcome


async def _plan_satisfaction(
    conn: AsyncConnection,
    loader: Loader,
    moves: Sequence[PlanMove],
    now: datetime,
    present: Present,
) -> None:
    known = await loader.load(conn, [one.account for one in moves], now, present=present)
    for move in moves:
        if move.account in known and move.before and move.after:
            at = move.after.counts_from(now)
            await satisfaction.plan(
                conn, move.account, move.before, move.after, known[move.account].catalog, at
            )


async def _unsubscribed(conn: AsyncConnection, account: str, now: datetime) -> None:
    await state_rows.close_signals(conn, account, now)
    for purpose in (RENEWAL, DAILY, LOOK, satisfaction.SATISFACTION):
        await due.cancel(conn, account, purpose)
