"""A task that somebody begins by hand."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.opportunities.keys import Key
from services.trigger.opportunities.logs import Logs
from services.trigger.opportunities.tasks import TASK, Pages, store
from services.trigger.outcome import Outcome
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Refused
from services.trigger.process.log.kind import OTHER_BODY
from services.trigger.process.tasks import first_entry
from services.trigger.process.tasks.first_entry import BeginTaskBody
from services.trigger.process.tasks.log import TASKS
from services.trigger.process.tasks.task import Task
from services.trigger.tables.process import entries as entry_rows
from services.trigger.tables.process import opportunities as deal_rows
from services.trigger.tables.process import tasks as task_rows
from services.trigger.tables.process.entries import Stored
from shared.values.faults import Fault
from shared.values.moments import iso


@dataclass(frozen=True, slots=True)
class Begun:
    """The task as it began, and what it causes outside the database."""

    task: Task
    context: Context
    outcome: Outcome = field(default_factory=Outcome)
    is_new: bool = True


async def begin(
    conn: AsyncConnection,
    logs: Logs,
    account: str,
    body: BeginTaskBody,
    actor: Actor,
    key: Key | None,
    now: datetime,
) -> Refused | Begun | None:
    """Under the account's lock. None: the account is unknown by now."""
    named = [one for one in (body.owner, actor.person and actor.person.id) if one]
    context = await logs.context(conn, account, now, named)
    if context is None:
        return None
    stored = await _first(conn, account, key)
    if key is not None and stored is not None and stored.digest == key.digest:
        first = TASKS.fold([stored.entry], account, stored.subject)
        return Begun(first, context, is_new=False)
    deal = body.opportunity and await deal_rows.account_of(conn, body.opportunity)
    if faults := tuple(first_entry.checks(body, context, deal)):
        return Refused(422, faults)
    if stored is not None:
        return Refused(422, (Fault("header.Idempotency-Key", OTHER_BODY),))
    if (refused := first_entry.refused(actor, context)) is not None:
        return refused
    count = await task_rows.count_of(conn, account)
    # The count alone comes again when old ones are pruned.
    made = first_entry.by_hand(body, actor, context, f"{iso(now)} {count}")
    pages = Pages()
    task = pages.begin(made.subject(), account, made.draft(), actor.by, now, key)
    return Begun(task, context, await store(conn, pages, now))


async def _first(conn: AsyncConnection, account: str, key: Key | None) -> Stored | None:
    """What was begun under the same key."""
    if key is None:
        return None
    return await entry_rows.begun_under_key(conn, TASK, account, key.text)
