"""When one of our people changes, ends, or is not an account's CSM any more: what is theirs finds
its next owner in the same transaction.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account
from services.trigger.opportunities import tasks
from services.trigger.opportunities.logs import Logs
from services.trigger.outcome import Outcome
from services.trigger.process.handoff import course
from services.trigger.process.handoff.entries import HANDOFF
from services.trigger.process.log.entries import JUDGEMENT, Draft
from services.trigger.process.ownership import given_to
from services.trigger.process.people import Person, in_charge, is_circle
from services.trigger.process.tasks.task import Task
from services.trigger.tables.process import opportunities as head_rows
from services.trigger.tables.process import persons as person_rows
from services.trigger.tables.process import tasks as task_rows
from shared.postgres.database import lock_accounts
from shared.values.faults import Fault


@dataclass(frozen=True, slots=True)
class Put:
    """Whether the person is new, and what follows outside the database."""

    is_new: bool
    outcome: Outcome


async def put(
    conn: AsyncConnection, logs: Logs, person: Person, now: datetime
) -> Put | tuple[Fault, ...]:
    """What became of it, or what is wrong."""
    await person_rows.lock(conn)
    around = await person_rows.with_managers(
        conn, {person.id, *([person.manager] if person.manager else [])}
    )
    if faults := tuple([fault async for fault in _faults(conn, person, around)]):
        return faults
    is_new = await person_rows.put(conn, person, now)
    await person_rows.restate(conn, person)
    if not person.active:
        heir = in_charge(person.id, around | {person.id: person})
        rows = await head_rows.owned_by(conn, person.id)
        theirs = await task_rows.owned_by(conn, person.id)
        await lock_accounts(
            conn, {*(row.account for row in rows), *(one.account for one in theirs)}
        )
        rows = await head_rows.owned_by(conn, person.id)
        theirs = await task_rows.owned_by(conn, person.id)
        outcome = await _give(conn, logs, rows, heir, now)
        outcome.add(await tasks.give(conn, theirs, heir, now))
        return Put(is_new, outcome.add(await _pass_on(conn, logs, theirs, heir, now)))
    return Put(is_new, Outcome())


async def _faults(
    conn: AsyncConnection, person: Person, around: Mapping[str, Person]
) -> AsyncIterator[Fault]:
    if (
        person.email is not None
        and person.active
        and await person_rows.has_address(conn, person.email, person.id)
    ):
        yield Fault("/email", "is the address of another active person")
    if person.manager is None:
        return
    if person.manager == person.id:
        yield Fault("/manager", "cannot be oneself")
    elif person.manager not in around:
        yield Fault("/manager", "no person has this id")
    elif is_circle(person.id, person.manager, around):
        yield Fault("/manager", "would be a circle: they report to this person")


async def csm_changed(
    conn: AsyncConnection,
    logs: Logs,
    before: Mapping[str, Account],
    after: Iterable[Account],
    now: datetime,
) -> Outcome:
    """A new CSM or seller of an account takes over what the former one had open there."""
    outcome = Outcome()
    for account in after:
        changes = _changes(before.get(account.id), account)
        rows = await head_rows.open_of(conn, [account.id]) if changes else []
        works = await task_rows.open_of(conn, [account.id]) if changes else []
        # All as it was: the two may have changed places.
        for old, new in changes.items():
            theirs = [row for row in rows if head_rows.owner_of(row) == old]
            tasks_of_theirs = [one for one in works if one.owner.id == old]
            moved = bool(theirs or tasks_of_theirs)
            people = await person_rows.with_managers(conn, [new]) if moved else {}
            heir = in_charge(new, people)
            outcome.add(await _give(conn, logs, theirs, heir, now))
            outcome.add(await tasks.give(conn, tasks_of_theirs, heir, now))
            outcome.add(await _pass_on(conn, logs, tasks_of_theirs, heir, now))
    return outcome


def _changes(known: Account | None, account: Account) -> Mapping[str, str]:
    """Who follows whom. Of one who was both, the next CSM has what was theirs."""
    found = dict[str, str]()
    for place in ("csm", "ae"):
        old, new = getattr(known, place, None), getattr(account, place)
        if old is not None and new is not None and old.id != new.id:
            found.setdefault(old.id, new.id)
    return found


async def _give(
    conn: AsyncConnection, logs: Logs, rows: Iterable[Row[Any]], heir: Person | None, now: datetime
) -> Outcome:
    """Under the locks of the accounts."""
    outcome = Outcome()
    for row in rows:
        context = await logs.context(conn, row.account, now, [heir.id] if heir else [])
        if context is None:
            continue
        state = await logs.state(conn, row, context)
        body = given_to(state, heir.id if heir else None, context)
        drafts = {state.id: [Draft("owner", body)]}
        outcome.add(await logs.write(conn, [row], [state], drafts, JUDGEMENT, context))
    return outcome


async def _pass_on(
    conn: AsyncConnection, logs: Logs, theirs: Iterable[Task], heir: Person | None, now: datetime
) -> Outcome:
    """Whose task it is now to answer a hand-off, can answer it. `theirs`: as they were before."""
    asked = {one.about: one.owner.id for one in theirs if one.reason == HANDOFF.name}
    outcome = Outcome()
    if heir is None or not asked:
        return outcome
    for row in await head_rows.of_ids(conn, sorted(asked)):
        before, context = asked[row.id], await logs.context(conn, row.account, now, [heir.id])
        if context is None or before is None:
            continue
        state = await logs.state(conn, row, context)
        drafts = {state.id: course.passed_on(state, before, heir.id)}
        outcome.add(await logs.write(conn, [row], [state], drafts, JUDGEMENT, context))
    return outcome
