"""A deal that somebody begins by hand."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.opportunities.keys import Key
from services.trigger.opportunities.logs import OPPORTUNITY, Logs, store
from services.trigger.outcome import Outcome
from services.trigger.process.deals import first_entry
from services.trigger.process.deals.first_entry import BeginBody
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log import append
from services.trigger.process.log.append import OTHER_BODY, Appended
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Draft, Refused
from services.trigger.tables.process import entries as entry_rows
from services.trigger.tables.process import opportunities as head_rows
from services.trigger.tables.process.entries import Stored
from shared.values.faults import Fault
from shared.values.identity import identity
from shared.values.moments import iso


@dataclass(frozen=True, slots=True)
class Begun:
    """The deal as it began, what it is seen in, and what it causes outside the database."""

    state: Opportunity
    context: Context
    outcome: Outcome = field(default_factory=Outcome)
    is_new: bool = True


async def begin(
    conn: AsyncConnection,
    logs: Logs,
    account: str,
    body: BeginBody,
    actor: Actor,
    key: Key | None,
    now: datetime,
) -> Refused | Begun | None:
    """Under the account's lock. None: the account is unknown by now."""
    context = await logs.context(conn, account, now)
    if context is None:
        return None
    stored = await _first(conn, account, key)
    if key is not None and stored is not None and stored.digest == key.digest:
        first = await _as_begun(conn, stored.subject, account, body)
        return Begun(first, context, is_new=False)
    if faults := tuple(first_entry.checks(body, context)):
        return Refused(422, faults)
    if stored is not None:
        return Refused(422, (Fault("header.Idempotency-Key", OTHER_BODY),))
    already = [
        (row.id, row.to_plan, row.add_on) for row in await head_rows.open_of(conn, [account])
    ]
    if (refused := first_entry.refused(actor, body, context, already)) is not None:
        return refused
    return await _store(conn, logs, account, body, actor, key, context)


async def _store(
    conn: AsyncConnection,
    logs: Logs,
    account: str,
    body: BeginBody,
    actor: Actor,
    key: Key | None,
    context: Context,
) -> Begun:
    first = first_entry.by_hand(body, context)
    count = await head_rows.count_of(conn, account)
    # The count alone comes again when old ones are pruned.
    subject = identity("opportunity", "by_hand", account, body.to_plan, iso(context.at), count)
    found = append.begun(subject, account, first.draft(), actor.by, context.at)
    if body.note is not None:
        noted = append.written(found.state, [Draft("note", {"text": body.note})], actor.by, context)
        found = Appended(noted.state, (*found.entries, *noted.entries), noted.effects)
    return Begun(found.state, context, await store(conn, found, 0, context, key))


async def _as_begun(
    conn: AsyncConnection, subject: str, account: str, body: BeginBody
) -> Opportunity:
    """As the first answer showed it."""
    entries = (await entry_rows.of(conn, OPPORTUNITY, [subject]))[subject]
    return append.fold(entries[: 1 if body.note is None else 2], account, subject)


async def _first(conn: AsyncConnection, account: str, key: Key | None) -> Stored | None:
    """What was begun under the same key."""
    if key is None:
        return None
    return await entry_rows.begun_under_key(conn, OPPORTUNITY, account, key.text)
