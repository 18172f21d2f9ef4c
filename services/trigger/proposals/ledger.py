"""Writes what a transaction's decisions leave behind, and returns what to send."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.judgement.pipeline import GATES
from services.trigger.opportunities import decisions, judged_tasks
from services.trigger.outcome import Outcome
from services.trigger.process.tasks.openings import Ended
from services.trigger.proposals import expiry, person_first
from services.trigger.proposals.changes import Changes
from services.trigger.proposals.results import LOOK, Left
from services.trigger.tables import alerts as decision_rows
from services.trigger.tables import due
from services.trigger.tables import judgements as state_rows
from shared.messages import Tell


async def write(conn: AsyncConnection, left: Left, now: datetime) -> list[Tell]:
    """Returns what is told of deals besides."""
    timers = due.timers(LOOK, left.looks) + due.timers(expiry.EASE, left.eases)
    await state_rows.write(conn, left.changes, timers, now)
    told = await decisions.write(conn, left.changes.opportunities, left.judged, now)
    for decision, payload in left.asked_first.items():
        at = datetime.fromisoformat(payload["at"])
        purpose = f"{person_first.PERSON_FIRST}:{decision}"
        await due.schedule(conn, payload["account"], purpose, at, payload)
    if settled := left.settled - left.looks.keys():
        await due.cancel_all(conn, settled, LOOK)
    return told


async def finish(
    conn: AsyncConnection, left: Left, now: datetime, *, replacing: bool = False
) -> Outcome:
    await decision_rows.insert_decisions(conn, left.decisions, replacing=replacing)
    told = await write(conn, left, now)
    said = judged_tasks.Said([*left.messages, *told], left.places, cleared(left.changes))
    return Outcome(let_go=left.let_go).add(await judged_tasks.send(conn, said, now))


def cleared(changes: Changes) -> tuple[Ended, ...]:
    """Tasks of remedies whose gate blocks no more."""
    found = (
        Ended(account, remedy.task, gate, "success", "cleared")
        for account, gates in changes.cleared
        for gate in gates
        if (remedy := GATES[gate].remedy) is not None
    )
    return tuple(dict.fromkeys(found))


async def look_at_tasks(conn: AsyncConnection, accounts: Collection[str], now: datetime) -> None:
    for account in await state_rows.with_tasks(conn, accounts):
        await due.schedule(conn, account, expiry.EASE, now)
