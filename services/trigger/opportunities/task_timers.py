"""Tasks whose time has come: those that wake, and those that are overdue."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.dossier.loader import Loader
from services.trigger.opportunities import tasks
from services.trigger.opportunities.tasks import Pages
from services.trigger.outcome import Outcome
from services.trigger.process.log.entries import TIMER
from services.trigger.process.tasks import escalation, patience
from services.trigger.process.tasks.openings import Opening
from services.trigger.tables.due import Due
from services.trigger.tables.process import persons as person_rows
from services.trigger.tables.process import tasks as task_rows


async def waited(
    conn: AsyncConnection, loader: Loader, found: Sequence[Due], now: datetime
) -> Outcome:
    """Under the locks of the accounts. What has changed since a timer was set is looked at, not the
    timer.
    """
    stored = await task_rows.of_ids(conn, [one.purpose.partition(":")[2] for one in found])
    sleeping = [one for one in stored if one.snoozed_until and one.snoozed_until <= now]
    late = [one for one in stored if patience.is_too_late(one, now)]
    if not sleeping and not late:
        return Outcome()
    known = await loader.without_days(conn, {one.account for one in (*sleeping, *late)}, now)
    people = await person_rows.with_managers(
        conn, {one.owner.id for one in late if one.owner.id is not None}
    )
    pages, openings = Pages(), list[Opening]()
    for task in sleeping:
        if (loaded := known.get(task.account)) is not None and task.snoozed_until is not None:
            place = loaded.profile, loaded.catalog.policy
            pages.append(task, [patience.woken(task, task.snoozed_until, now, *place)], TIMER, now)
    for task in late:
        if (loaded := known.get(task.account)) is not None:
            manager = escalation.manager_of(task, people)
            told = pages.append(task, [escalation.escalated(manager)], TIMER, now)
            if manager is not None:
                place = loaded.profile, loaded.catalog.policy
                openings.append(escalation.opening(told, manager, now, *place))
    outcome = await tasks.store(conn, pages, now)
    return outcome.add(await tasks.open_all(conn, openings, TIMER, now))
