"""Copies of tasks in CRMs, as the notifier has noted them; and what a new one says of its account
and its owner.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.people import Person
from services.trigger.process.tasks.shapes import CrmCopyShown
from shared.messages.facts import AccountFacts


@dataclass(frozen=True, slots=True)
class Place:
    """An account, and those whom it names with an address, as it names them."""

    facts: AccountFacts
    people: Mapping[str, Person]


async def of(conn: AsyncConnection, tasks: Collection[str]) -> dict[str, list[CrmCopyShown]]:
    """Of each task that a CRM has taken."""
    found: dict[str, list[CrmCopyShown]] = {}
    for row in await conn.execute(_OF, {"keys": list(tasks)}) if tasks else ():
        copy: CrmCopyShown = {"channel": row.channel, "external_id": row.external_id}
        found.setdefault(row.key, []).append(copy)
    return found


async def places(conn: AsyncConnection, accounts: Collection[str]) -> dict[str, Place]:
    rows = await conn.execute(_PLACES, {"accounts": list(accounts)})
    return {
        row.id: Place(
            AccountFacts(row.id, row.name, row.locale, row.time_zone, row.country, row.currency),
            {one.id: one for one in map(_named, (row.csm, row.ae)) if one is not None},
        )
        for row in rows
    }


async def people(conn: AsyncConnection, ids: Collection[str]) -> dict[str, Person]:
    rows = await conn.execute(_PEOPLE, {"ids": list(ids)}) if ids else ()
    return {row.id: Person(row.id, row.name, row.email) for row in rows}


def _named(given: str | None) -> Person | None:
    one: dict[str, Any] = {} if given is None else msgspec.json.decode(given)
    return Person(one["id"], one["name"], one["email"]) if one.get("email") else None


_OF = text(
    """
    select key, channel, external_id from crm_task
    where key = any(cast(:keys as text[])) and external_id is not null order by channel
    """
)
_PLACES = text(
    """
    select id, name, locale, time_zone, country, currency, csm::text as csm, ae::text as ae
    from account where id = any(cast(:accounts as text[]))
    """
)
_PEOPLE = text("select id, name, email from person where id = any(cast(:ids as text[]))")
