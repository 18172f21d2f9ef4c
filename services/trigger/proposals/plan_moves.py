"""What follows for judgement when subscriptions begin, change or end."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import PlanMove
from services.trigger.dossier.dossier import Loaded
from services.trigger.dossier.loader import Loader
from services.trigger.judgement.pipeline import GATES
from services.trigger.opportunities import cross_sales, movements, tasks
from services.trigger.outcome import Outcome
from services.trigger.process.log.entries import SUBSCRIPTION
from services.trigger.process.tasks.openings import Ended
from services.trigger.proposals import renewals, satisfaction
from services.trigger.proposals.renewals import DAILY, RENEWAL
from services.trigger.proposals.results import LOOK
from services.trigger.tables import due
from services.trigger.tables import facts as fact_rows
from services.trigger.tables import judgements as state_rows
from services.trigger.tables.present import Present
from services.trigger.tables.process import tasks as task_rows

_REVIEWS = frozenset({"review", "seats"})


async def subscribed(
    conn: AsyncConnection,
    loader: Loader,
    moves: Sequence[PlanMove],
    now: datetime,
    present: Present,
) -> Outcome:
    """What they bought is closed, and what their new subscriptions bring is scheduled."""
    outcome = await movements.subscribed(conn, loader, moves, now, present)
    gone = [one.account for one in moves if one.after is None]
    for account in gone:
        await _unsubscribed(conn, account, now)
    outcome.add(await _nothing_to_keep(conn, gone, now))
    begun = [one.account for one in moves if one.before is None]
    await state_rows.forget_done(conn, begun)
    await fact_rows.begin_contracts(
        conn,
        {one.account: one.after.started_at for one in moves if one.after and one.before is None},
    )
    for move in moves:
        if move.before and move.after and move.changes_plan:
            await fact_rows.keep_contract(conn, move.account, move.before.started_at)
            await state_rows.close_signals(conn, move.account, now)
    changed = [one for one in moves if one.changes_plan]
    known = await loader.load(conn, [one.account for one in changed], now, present=present)
    await _plan_satisfaction(conn, known, changed, now)
    outcome.add(await tasks.end_all(conn, _left(moves), SUBSCRIPTION, now))
    outcome.add(await _sold_beside(conn, known, changed, now))
    running = {one.account: one.after for one in moves if one.after}
    await renewals.plan_ahead(conn, running, now, present)
    return outcome


async def _nothing_to_keep(
    conn: AsyncConnection, accounts: Collection[str], now: datetime
) -> Outcome:
    """Nobody can be kept, helped along or reviewed any more who has left: no gate will clear, and
    no renewal come. Until they come back, nothing of it is asked for again.
    """
    if not accounts:
        return Outcome()
    reasons = _REVIEWS.union(gate.remedy.task for gate in GATES if gate.remedy is not None)
    ended = [
        Ended(*tasks.key_of(one), "no_success", "cancelled")
        for one in await task_rows.open_of(conn, accounts)
        if one.reason in reasons
    ]
    return await tasks.end_all(conn, ended, SUBSCRIPTION, now)


def _left(moves: Sequence[PlanMove]) -> list[Ended]:
    """Nobody is asked any more how they like a plan that they have left."""
    return [
        Ended(one.account, satisfaction.SATISFACTION, one.before.plan, "no_success", "left")
        for one in moves
        if one.before and (one.after is None or one.changes_plan)
    ]


async def _sold_beside(
    conn: AsyncConnection, known: Mapping[str, Loaded], moves: Sequence[PlanMove], now: datetime
) -> Outcome:
    """What goes with the plan that they have moved up to."""
    up = {
        one.account: (known[one.account], one.after.plan)
        for one in moves
        if one.account in known
        and one.before
        and one.after
        and satisfaction.is_upgrade(one.before.plan, one.after.plan, known[one.account].catalog)
    }
    return await cross_sales.ask(conn, up, now)


async def _plan_satisfaction(
    conn: AsyncConnection, known: Mapping[str, Loaded], moves: Sequence[PlanMove], now: datetime
) -> None:
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
