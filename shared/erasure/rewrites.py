"""Erasure steps for rows that stay when a person is erased but must no longer name them."""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.erasure.eraser import Work
from shared.erasure.scrubbing import Person, scrubbed
from shared.postgres.database import lock_accounts
from shared.values.quantities import dumps

_PIECE = 200
Rule = Callable[[Mapping[str, Any], Person, Collection[str]], Mapping[str, Any]]
"""The row's JSON columns by name, with their new values."""


def person_of(work: Work) -> Person:
    one = work.erasure
    assert one.contact is not None
    return Person(one.account, one.contact, tuple(word for word in one.known.values() if word))


def loads(raw: str | bytes) -> Any:
    return json.loads(raw, parse_float=Decimal)


def plainly(row: Mapping[str, Any], person: Person, theirs: Collection[str]) -> Mapping[str, Any]:
    # A column is scrubbed like a field of the same name: `contacts` is a list of contacts.
    return {name: scrubbed({name: value}, person, theirs)[name] for name, value in row.items()}


class Rewritten:
    """Rewrites JSON columns of one account's rows, piece by piece in the order of `key` (an
    expression, unique in the account).
    """

    def __init__(
        self,
        table: str,
        *columns: str,
        key: str = "seq",
        of: str = "bigint",
        rule: Rule = plainly,
        theirs: Callable[[AsyncConnection, Person], Awaitable[Collection[str]]] | None = None,
        locks: bool = False,
    ) -> None:
        """`locks`: other code reads such a row and writes it back, under the account's lock."""
        self.table = table
        self.columns = columns
        self._rule = rule
        self._theirs = theirs
        self._locks = locks
        shown = ", ".join(f"{name}::text as {name}" for name in columns)
        searched = ", ".join(f"{name}::text" for name in columns)
        self._read = text(
            f"""
            select {key} as key, {shown} from {table}
            where account = :account and (cast(:after as {of}) is null
                or {key} > cast(:after as {of})) and exists (
                select 1 from unnest(cast(:needles as text[])) as n(needle)
                    where position(n.needle in lower(concat({searched}))) > 0)
            order by {key} limit :limit
            """
        )
        changes = ", ".join(f"{name} = cast(:{name} as jsonb)" for name in columns)
        self._write = text(
            f"update {table} set {changes} where account = :account and {key} = cast(:key as {of})"
        )

    async def __call__(self, conn: AsyncConnection, work: Work) -> int:
        if work.erasure.contact is None:
            return 0
        person = person_of(work)
        if self._locks:
            await lock_accounts(conn, [person.account])
        theirs = await self._theirs(conn, person) if self._theirs is not None else ()
        given = {
            "account": person.account,
            "after": work.places.get(self.table),
            "needles": person.needles,
            "limit": _PIECE,
        }
        rows = list(await conn.execute(self._read, given))
        for row in rows:
            before = {
                name: None if (raw := getattr(row, name)) is None else loads(raw)
                for name in self.columns
            }
            after = {
                name: None if value is None else dumps(value).decode()
                for name, value in self._rule(before, person, theirs).items()
            }
            await conn.execute(self._write, after | {"account": person.account, "key": row.key})
        if rows:
            work.places[self.table] = rows[-1].key
        return len(rows)
