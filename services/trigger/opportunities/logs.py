"""Logs of opportunities in the database: each append is part of the caller's transaction, under the
account's lock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.dossier.dossier import Loaded
from services.trigger.dossier.loader import Loader
from services.trigger.judgement.case import Case
from services.trigger.judgement.question import Question
from services.trigger.opportunities import packets
from services.trigger.opportunities.announcements import deal_changed
from services.trigger.opportunities.effects import carry_out
from services.trigger.opportunities.keys import Key, Stored, under
from services.trigger.outcome import Outcome
from services.trigger.process.deals import first_entry
from services.trigger.process.deals.opportunity import Opportunity, Owner
from services.trigger.process.handoff.entries import HANDOFF
from services.trigger.process.lines import Line
from services.trigger.process.log import append
from services.trigger.process.log.append import Appended
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import (
    JUDGEMENT,
    Asked,
    By,
    Draft,
    First,
    Kind,
    Known,
    Refused,
)
from services.trigger.process.voices import SPOKEN
from services.trigger.tables.process import entries as entry_rows
from services.trigger.tables.process import opportunities as head_rows
from services.trigger.tables.process import persons as person_rows
from services.trigger.tables.process import trials as trial_rows
from services.trigger.tables.process import voices as voice_rows
from services.trigger.tables.process.entries import Written

OPPORTUNITY: Kind = "opportunity"


@dataclass(frozen=True, slots=True)
class Logs:
    """`loader`: what judgement knows of an account."""

    loader: Loader

    async def context(
        self, conn: AsyncConnection, account: str, now: datetime, persons: Iterable[str] = ()
    ) -> Context | None:
        """None: the account is unknown. `persons`: whom a request names."""
        loaded = (await self.loader.load(conn, [account], now)).get(account)
        return None if loaded is None else await context_of(conn, loaded, now, persons)

    async def state(self, conn: AsyncConnection, row: Row[Any], context: Context) -> Opportunity:
        """The log as it is stored."""
        running = context.question.facts.subscription
        return (await states(conn, [row], running.add_ons if running else {}))[0]

    async def append(
        self,
        conn: AsyncConnection,
        row: Row[Any],
        asked: Asked,
        context: Context,
        key: Key | None = None,
    ) -> Refused | Stored:
        """The new entry, or the one that was stored under the same key."""
        state = await self.state(conn, row, context)
        first = None
        if key is not None:
            stored = await entry_rows.under_key(conn, OPPORTUNITY, row.id, key.text)
            if stored is not None:
                first = First(stored.entry, stored.digest == key.digest)
        if asked.type == HANDOFF.name:
            context = await packets.completed(conn, self.loader, state, context)
        if asked.type in SPOKEN:
            heard = await voice_rows.of(conn, row.account, context.at)
            context = replace(context, voices=heard)
        found = append.append(state, replace(asked, first=first), context)
        if isinstance(found, Refused):
            return found
        if isinstance(found, Known):
            return Stored(found.entry, Outcome(), is_new=False)
        outcome = await store(conn, found, row.revision, context, key)
        return Stored(found.entries[0], outcome)

    async def write(
        self,
        conn: AsyncConnection,
        rows: Sequence[Row[Any]],
        states: Sequence[Opportunity],
        drafts: Mapping[str, Sequence[Draft]],
        by: By,
        context: Context,
    ) -> Outcome:
        """What Plimsoll appends to these logs by itself."""
        outcome = Outcome()
        for row, state in zip(rows, states, strict=True):
            found = append.written(state, drafts.get(state.id, ()), by, context)
            outcome.add(await store(conn, found, row.revision, context))
        return outcome


async def store(
    conn: AsyncConnection,
    found: Appended,
    stored: int,
    context: Context | None,
    key: Key | None = None,
) -> Outcome:
    """Entries above the revision that is `stored`, the head row, and what follows elsewhere.

    A log of the version before is stored with the first entry that is appended to it.
    """
    state = found.state
    if not found.entries:
        return Outcome()
    asked = found.entries[0]
    written = [
        Written(state.account, OPPORTUNITY, state.id, one, *under(key, one is asked))
        for one in state.entries
        if one.seq > stored
    ]
    await head_rows.save(conn, state, written)
    outcome = await carry_out(conn, found, context)
    if context is not None:
        for message in await deal_changed(conn, state, [one.entry for one in written], context):
            outcome.send(message)
    return outcome


async def states(
    conn: AsyncConnection, rows: Sequence[Row[Any]], held: Mapping[str, int]
) -> list[Opportunity]:
    """The logs as they are stored. One of the version before begins with what its row says;
    `held`: the add-ons that its account has.
    """
    found = await entry_rows.of(conn, OPPORTUNITY, [row.id for row in rows])
    return [
        append.fold(found[row.id], row.account, row.id)
        if row.id in found
        else begun_by_row(row, held).state
        for row in rows
    ]


async def context_of(
    conn: AsyncConnection,
    loaded: Loaded,
    now: datetime,
    persons: Iterable[str] = (),
    *,
    lifted: bool = False,
) -> Context:
    """`persons`: whom a request names, besides the account's own."""
    profile = loaded.profile
    own = {one.id for one in (profile.csm, profile.ae) if one is not None}
    known = await person_rows.with_managers(conn, own.union(persons))
    question = Question.of(Case("schedule", now, loaded.catalog, loaded.facts))
    trials = loaded.terms.trials
    uses = await trial_rows.uses(conn, profile.id, trials)
    return Context(now, profile, question, known, lifted, loaded=loaded, trials=trials, uses=uses)


def begun_by_row(row: Row[Any], held: Mapping[str, int]) -> Appended:
    """The log of a deal that a version before opened: one line, of the deal's value."""
    line = Line(
        id="1",
        type="plan_upgrade" if row.add_on is None else "add_on",
        item=row.add_on or row.to_plan,
        quantity=1,
        list_year=row.deal_value,
        currency=row.currency,
        year=row.deal_value,
        held=held.get(row.add_on or "", 0),
    )
    first = first_entry.First(
        from_plan=row.from_plan,
        to_plan=row.to_plan,
        stage=row.stage,
        owner=Owner(**msgspec.json.decode(row.owner)),
        rule=row.owner_rule,
        reasons=tuple(msgspec.json.decode(row.reasons)),
        deal_value=row.deal_value,
        currency=row.currency,
        lines=(line,),
        add_on=row.add_on,
        scenarios=tuple(msgspec.json.decode(row.scenarios)),
        decision=row.decision,
        created_at=row.created_at,
        stage_since=row.stage_since,
    )
    return append.begun(row.id, row.account, first.draft(), JUDGEMENT, row.created_at)


def named_in(body: object) -> Iterable[str]:
    """All texts of a body that may be ids of persons."""
    match body:
        case str():
            yield body
        case Mapping():
            for value in body.values():
                yield from named_in(value)
        case list():
            for value in body:
                yield from named_in(value)
