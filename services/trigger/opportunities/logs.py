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
from services.trigger.opportunities.effects import carry_out
from services.trigger.process.deals import first_entry
from services.trigger.process.deals.opportunity import Opportunity, Owner
from services.trigger.process.log import append
from services.trigger.process.log.append import Appended
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
from services.trigger.tables.process import entries as entry_rows
from services.trigger.tables.process import opportunities as head_rows
from services.trigger.tables.process import persons as person_rows
from services.trigger.tables.process.entries import Written

OPPORTUNITY: Kind = "opportunity"


@dataclass(frozen=True, slots=True)
class Key:
    """An `Idempotency-Key`, and the digest of what was asked under it."""

    text: str
    digest: bytes


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
        return (await self.states(conn, [row], context))[0]

    async def states(
        self, conn: AsyncConnection, rows: Sequence[Row[Any]], context: Context
    ) -> list[Opportunity]:
        """Of one account. A log of the version before begins with what its row says."""
        found = await entry_rows.of(conn, OPPORTUNITY, [row.id for row in rows])
        return [
            append.fold(found[row.id], row.account, row.id)
            if row.id in found
            else begun_by_row(row, context).state
            for row in rows
        ]

    async def append(
        self,
        conn: AsyncConnection,
        row: Row[Any],
        asked: Asked,
        context: Context,
        key: Key | None = None,
    ) -> Refused | Entry:
        """The new entry, or the one that was stored under the same key."""
        state = await self.state(conn, row, context)
        first = None
        if key is not None:
            stored = await entry_rows.under_key(conn, OPPORTUNITY, row.id, key.text)
            if stored is not None:
                first = First(stored.entry, stored.digest == key.digest)
        found = append.append(state, replace(asked, first=first), context)
        if isinstance(found, Refused):
            return found
        if isinstance(found, Known):
            return found.entry
        await self.store(conn, found, context, row.revision, key)
        return found.entries[0]

    async def write(
        self,
        conn: AsyncConnection,
        rows: Sequence[Row[Any]],
        states: Sequence[Opportunity],
        drafts: Mapping[str, Sequence[Draft]],
        by: By,
        context: Context,
    ) -> None:
        """What Plimsoll appends to these logs by itself."""
        for row, state in zip(rows, states, strict=True):
            found = append.written(state, drafts.get(state.id, ()), by, context)
            await self.store(conn, found, context, row.revision)

    async def store(
        self,
        conn: AsyncConnection,
        found: Appended,
        context: Context,
        stored: int,
        key: Key | None = None,
    ) -> None:
        """Entries above the revision that is `stored`, the head row, and what follows elsewhere.

        A log of the version before is stored with the first entry that is appended to it.
        """
        state = found.state
        if not found.entries:
            return
        asked = found.entries[0]
        written = [
            Written(state.account, OPPORTUNITY, state.id, one, *_under(key, one is asked))
            for one in state.entries
            if one.seq > stored
        ]
        await head_rows.save(conn, [state])
        await entry_rows.insert(conn, written)
        await carry_out(conn, found, context)


def _under(key: Key | None, holds: bool) -> tuple[str | None, bytes | None]:
    return (key.text, key.digest) if key is not None and holds else (None, None)


async def context_of(
    conn: AsyncConnection, loaded: Loaded, now: datetime, persons: Iterable[str] = ()
) -> Context:
    """`persons`: whom a request names, besides the account's own."""
    profile = loaded.profile
    own = {one.id for one in (profile.csm, profile.ae) if one is not None}
    known = await person_rows.with_managers(conn, own.union(persons))
    question = Question.of(Case("schedule", now, loaded.catalog, loaded.facts))
    return Context(now, profile, question, known)


def begun_by_row(row: Row[Any], context: Context) -> Appended:
    """The log of a deal that a version before opened."""
    target = context.catalog.plans.get(row.to_plan)
    item = row.add_on or row.to_plan
    shop = None if target is None else first_entry.shop_of(target, context)
    is_sold = shop is not None and (item in context.catalog.plans or shop.sells(item))
    first = first_entry.First(
        from_plan=row.from_plan,
        to_plan=row.to_plan,
        stage=row.stage,
        owner=Owner(**msgspec.json.decode(row.owner)),
        rule=row.owner_rule,
        reasons=tuple(msgspec.json.decode(row.reasons)),
        deal_value=row.deal_value,
        currency=row.currency,
        lines=(shop.line("1", item),) if shop is not None and is_sold else (),
        add_on=row.add_on,
        scenarios=tuple(msgspec.json.decode(row.scenarios)),
        decision=row.decision,
        created_at=row.created_at,
        stage_since=row.stage_since,
    )
    at = replace(context, at=row.created_at)
    return append.begun(row.id, row.account, first.draft(), JUDGEMENT, at)


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
