"""Logs of tasks in the database: each append is part of the caller's transaction, under the locks
of the accounts. All of a task's state is in its row, so many are written with as few statements as
one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.opportunities import announcements
from services.trigger.opportunities.keys import Key, Stored, under
from services.trigger.outcome import Outcome
from services.trigger.process.deals.opportunity import Owner
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import (
    JUDGEMENT,
    Asked,
    By,
    Draft,
    Entry,
    First,
    Kind,
    Known,
    Refused,
)
from services.trigger.process.log.kind import Appended
from services.trigger.process.people import Person
from services.trigger.process.tasks import patience
from services.trigger.process.tasks.log import TASKS
from services.trigger.process.tasks.openings import Ended, Opening
from services.trigger.process.tasks.reasons import ESCALATION
from services.trigger.process.tasks.task import Task
from services.trigger.tables import due
from services.trigger.tables.due import Timer
from services.trigger.tables.process import entries as entry_rows
from services.trigger.tables.process import tasks as task_rows
from services.trigger.tables.process.entries import Written
from shared.values.moments import iso

TASK: Kind = "task"


@dataclass(frozen=True, slots=True)
class Growth:
    """What a transaction appends to one log. `before` None: the log begins."""

    before: Task | None
    after: Task
    entries: tuple[Entry, ...]
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that a task has now, and the task as all of them leave it."""

    task: Task
    entry: Entry


async def changed(
    conn: AsyncConnection,
    changes: Sequence[Change],
    now: datetime,
    told: Collection[str],
    *,
    listens: bool,
) -> Outcome:
    """Every change of every task passes here once, after its row and its entries are written: what
    the world outside is told of it. In order; several of one task follow each other. `told`: the
    tasks of which CRMs hear by another message. `listens`: whether somebody hears of all.
    """
    outcome = Outcome()
    untold = [(one.task, one.entry) for one in changes if one.task.id not in told]
    for message in await announcements.crms_told(conn, untold, now):
        outcome.send(message)
    entries = [(one.task.id, one.entry) for one in changes]
    for message in await announcements.tasks_changed(conn, entries, now) if listens else ():
        outcome.send(message)
    return outcome


@dataclass(slots=True)
class Pages:
    """Logs as this transaction has them, before anything is written."""

    grown: dict[str, Growth] = field(default_factory=dict)

    def now(self, task: Task) -> Task:
        known = self.grown.get(task.id)
        return task if known is None else known.after

    def append(self, task: Task, drafts: Iterable[Draft], by: By, at: datetime) -> Task:
        found = TASKS.noted(self.now(task), drafts, by, at)
        return self.add(task, found)

    def begin(
        self, id: str, account: str, draft: Draft, by: By, at: datetime, key: Key | None = None
    ) -> Task:
        found = TASKS.begun(id, account, draft, by, at)
        self.grown[id] = Growth(None, found.state, found.entries, key)
        return found.state

    def add(self, task: Task, found: Appended[Task], key: Key | None = None) -> Task:
        known = self.grown.get(task.id) or Growth(task, task, (), key)
        entries = (*known.entries, *found.entries)
        self.grown[task.id] = replace(known, after=found.state, entries=entries)
        return found.state


async def store(
    conn: AsyncConnection,
    pages: Pages,
    now: datetime,
    told: Collection[str] = (),
    timers: Sequence[Timer] = (),
) -> Outcome:
    """Rows, entries, timers; what is told of it; and escalations of what is closed now end.

    `told`: the tasks of which another message of this transaction tells CRMs. `timers`: others than
    those that tasks wait for.
    """
    grown = [one for one in pages.grown.values() if one.entries]
    if not grown:
        return Outcome()
    waits = [_waits(one) for one in grown]
    listens = await task_rows.save(
        conn,
        [one.after for one in grown],
        [
            Written(one.after.account, TASK, one.after.id, entry, *under(one.key, n == 0))
            for one in grown
            for n, entry in enumerate(one.entries)
        ],
        [*timers, *(timer for wanted, _ in waits for timer in wanted)],
    )
    await due.cancel_several(conn, [timer for _, dropped in waits for timer in dropped])
    changes = [Change(one.after, entry) for one in grown for entry in one.entries]
    outcome = await changed(conn, changes, now, told, listens=listens)
    over = [
        Ended(one.after.account, ESCALATION, one.after.id, "success")
        for one in grown
        if one.after.is_closed and one.after.escalated_at is not None
    ]
    return outcome.add(await end_all(conn, over, JUDGEMENT, now))


def _waits(grown: Growth) -> tuple[list[Timer], list[tuple[str, str]]]:
    """Timers that are new or another, and those that are over."""
    before = {} if grown.before is None else patience.waits(grown.before)
    after = patience.waits(grown.after)
    account, id = grown.after.account, grown.after.id
    wanted = [(account, f"{name}:{id}", at) for name, at in after.items() if before.get(name) != at]
    return wanted, [(account, f"{name}:{id}") for name in before if name not in after]


async def open_all(
    conn: AsyncConnection, openings: Sequence[Opening], by: By, now: datetime
) -> Outcome:
    """Each is there to do afterwards: the one that is open already is raised, else it begins."""
    if not openings:
        return Outcome()
    ids = {one.subject() for one in openings}
    stored = await task_rows.standing(conn, {one.key for one in openings}, ids)
    known = {one.id: one for one in stored}
    current = {key_of(one): one for one in stored if not one.is_closed}
    pages = Pages()
    for one in openings:
        found, same = current.get(one.key), known.get(one.subject())
        if found is not None:
            task = pages.append(found, [one.raising(pages.now(found))], by, now)
        elif same is not None and one.reopens:
            task = pages.append(same, [one.reopening()], by, now)
        else:
            id = one.subject() if same is None else one.subject(iso(now))
            task = pages.begin(id, one.account, one.draft(), by, now)
        known[task.id] = current[one.key] = task
    return await store(conn, pages, now)


async def end_all(
    conn: AsyncConnection, ended: Collection[Ended], by: By, now: datetime
) -> Outcome:
    """Those that are open are closed; there may be none."""
    if not ended:
        return Outcome()
    found = await task_rows.standing(conn, {one.key for one in ended})
    endings, pages = {one.key: one for one in ended}, Pages()
    for task in found:
        pages.append(task, [endings[key_of(task)].draft()], by, now)
    return await store(conn, pages, now)


async def give(
    conn: AsyncConnection, tasks: Iterable[Task], heir: Person | None, now: datetime
) -> Outcome:
    """These are theirs from now on; None: nobody's."""
    pages = Pages()
    for task in tasks:
        owner = Owner(task.owner.role, heir.id if heir else None, heir.name if heir else None)
        pages.append(task, [_given(task, owner)], JUDGEMENT, now)
    return await store(conn, pages, now)


async def hand_over(
    conn: AsyncConnection, key: task_rows.Key, owner: Owner, by: By, now: datetime
) -> Outcome:
    """The open one of this account, reason and about, if there is one that is somebody else's."""
    pages = Pages()
    for task in await task_rows.standing(conn, [key]):
        if task.owner.id != owner.id:
            pages.append(task, [_given(task, owner)], by, now)
    return await store(conn, pages, now)


def _given(task: Task, owner: Owner) -> Draft:
    body = {"person": owner.id, "owner": owner.json(), "before": task.owner.json()}
    return Draft("owner", body)


async def append(
    conn: AsyncConnection, task: Task, asked: Asked, context: Context, key: Key | None = None
) -> Refused | Stored:
    """The new entry, or the one that was stored under the same key."""
    first = None
    if key is not None:
        stored = await entry_rows.under_key(conn, TASK, task.id, key.text)
        if stored is not None:
            first = First(stored.entry, stored.digest == key.digest)
    found = TASKS.append(task, replace(asked, first=first), context)
    if isinstance(found, Refused):
        return found
    if isinstance(found, Known):
        return Stored(found.entry, Outcome(), is_new=False)
    pages = Pages()
    pages.add(task, found, key)
    return Stored(found.entries[0], await store(conn, pages, context.at))


def key_of(task: Task) -> task_rows.Key:
    return task.account, task.reason, task.about
