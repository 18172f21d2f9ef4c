"""What systems outside are told when the log of a deal or of a task grows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.deals import view
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.deals.shapes import OpportunityShown
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Entry
from services.trigger.process.news import news
from services.trigger.process.tasks import copies as task_copies
from services.trigger.process.tasks import view as task_view
from services.trigger.process.tasks.task import Task
from services.trigger.tables import facts, receivers
from services.trigger.tables.process import copies
from services.trigger.tables.process import tasks as task_rows
from shared.messages import Tell

OF_LATE = timedelta(days=30)
SILENT = frozenset({"note", "escalated"})
"""Entries that change nothing of what a task shall be."""


async def deal_changed(
    conn: AsyncConnection, state: Opportunity, entries: Sequence[Entry], context: Context
) -> list[Tell]:
    """In order; nothing if nobody listens. Of several entries of one transaction all have what they
    come to together.
    """
    if not entries or not await receivers.is_listening(conn):
        return []
    shown = await as_shown(conn, state, context)
    return [news("opportunity.changed", state.account, shown, one, context.at) for one in entries]


async def tasks_changed(
    conn: AsyncConnection, changes: Sequence[tuple[str, Entry]], now: datetime
) -> list[Tell]:
    """For entries of tasks, each with the task's id; somebody listens."""
    known = {one.task.id: one for one in await task_rows.listed(conn, {id for id, _ in changes})}
    crm = await copies.of(conn, known)
    shown = {
        id: task_view.shown(one.task, now, one.locale, crm.get(id, ())) for id, one in known.items()
    }
    return [
        news("task.changed", known[id].task.account, shown[id], entry, now) for id, entry in changes
    ]


async def as_shown(conn: AsyncConnection, state: Opportunity, context: Context) -> OpportunityShown:
    """What `GET` answers."""
    used = await facts.most_used(conn, state.account, context.at - OF_LATE)
    return view.shown(state, replace(context, most_used=used))


async def crms_told(
    conn: AsyncConnection, changes: Sequence[tuple[Task, Entry]], now: datetime
) -> list[Tell]:
    """Each task once a transaction, as it shall be now; with each its newest state."""
    newest = {task.id: task for task, entry in changes if entry.type not in SILENT}
    if not newest:
        return []
    places = await copies.places(conn, {one.account for one in newest.values()})
    people = await copies.people(conn, {one.owner.id for one in newest.values() if one.owner.id})
    found = []
    for task in newest.values():
        if (place := places.get(task.account)) is not None:
            owner = task_copies.owner_of(task, {**people, **place.people})
            found.append(task_copies.message(task, place.facts, owner, now))
    return found
