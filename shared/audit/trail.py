"""Table `audit`: what was changed, by whom, and how it was before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.audit.difference import Fields, difference
from shared.security.rights import Kind
from shared.values.quantities import dumps


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes something. `id`: the person, the key's name, or which part of Plimsoll."""

    kind: Kind
    id: str
    request_id: str | None = None


COMMAND = Author("plimsoll", "command")
"""Whoever may run `plimsoll` on the installation."""


Of = Literal[
    "account",
    "accounts",
    "backtest",
    "catalogue",
    "channel",
    "contact",
    "deliveries",
    "delivery",
    "fact",
    "facts",
    "key",
    "limit",
    "opportunity",
    "parked",
    "person",
    "quote",
    "rejected",
    "subscription",
    "task",
]
KINDS: tuple[Of, ...] = get_args(Of)


@dataclass(frozen=True, slots=True)
class Done:
    """A change. `of`, `id`: what was changed, such as `channel`, `hubspot`; an id may be empty.
    `account`: whose data it holds; it goes with that account. Secrets are masked already.
    """

    action: str
    of: Of
    id: str
    at: datetime
    account: str | None = None
    before: Fields | None = None
    after: Fields | None = None


async def write(conn: AsyncConnection, author: Author, *several: Done) -> None:
    """With the change, in its transaction. What is as it was is not written."""
    rows = [row for one in several if (row := _row(author, one)) is not None]
    if rows:
        await conn.execute(_WRITE, rows)


def _row(author: Author, one: Done) -> dict[str, Any] | None:
    before, after = difference(one.before, one.after)
    if before == {} and after == {}:
        return None
    return {
        "at": one.at,
        "by_kind": author.kind,
        "by_id": author.id,
        "action": one.action,
        "of": one.of,
        "id": one.id,
        "account": one.account,
        "before": None if before is None else dumps(before).decode(),
        "after": None if after is None else dumps(after).decode(),
        "request_id": author.request_id,
    }


@dataclass(frozen=True, slots=True)
class Filters:
    """`what`: a kind (`channel`), a thing (`channel hubspot`), an id, or the account it belongs
    to.
    """

    who: str | None = None
    what: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def page(
    conn: AsyncConnection, wanted: Filters, after: tuple[datetime, int] | None, limit: int
) -> Sequence[Row[Any]]:
    """Newest first. Only the conditions that are asked for: each has its index."""
    of, _, id = (wanted.what or "").partition(" ")
    given = {
        "who": wanted.who,
        "what": wanted.what,
        "of": of,
        "id": id,
        "since": wanted.since,
        "until": wanted.until,
        "after_at": after[0] if after else None,
        "after_n": after[1] if after else None,
        "limit": limit,
    }
    asked = [
        *([_BY] if wanted.who is not None else []),
        *([_SINCE] if wanted.since is not None else []),
        *([_UNTIL] if wanted.until is not None else []),
        *([_AFTER] if after is not None else []),
    ]
    ways = [" and ".join([*way, *asked]) for way in _ways(wanted.what)]
    pages = [f"({_SELECT} {f'where {way}' if way else ''} {_ORDER})" for way in ways]
    statement = text(f"select * from ({' union all '.join(pages)}) as found {_ORDER}")
    used = {name: given[name] for name in statement.compile().params}
    return list(await conn.execute(statement, used))


def _ways(what: str | None) -> list[list[str]]:
    """The ways to what is asked for; no row is found by two of them."""
    if what is None:
        return [[]]
    if what in KINDS:
        return [[_OF_KIND]]
    of, space, _ = what.partition(" ")
    thing = [[_THING, _OF_OTHERS]] if space and of in KINDS else []
    return [[_OF_ACCOUNT], [_NAMED, _OF_OTHERS], *thing]


_WRITE = text(
    """
    insert into audit (at, by_kind, by_id, action, what_kind, what_id, account, before, after,
        request_id)
    values (:at, :by_kind, :by_id, :action, :of, :id, :account, cast(:before as jsonb),
        cast(:after as jsonb), :request_id)
    """
)
_SELECT = """
    select n, at, by_kind, by_id, action, what_kind, what_id, before::text as before,
        after::text as after, request_id
    from audit
"""
_ORDER = "order by at desc, n desc limit :limit"
_BY = "by_id = :who"
_OF_KIND = "what_kind = :what"
_OF_ACCOUNT = "account = :what"
_OF_OTHERS = "account is distinct from :what"
_NAMED = "what_id = :what"
_THING = "what_id = :id and what_kind = :of"
_SINCE, _UNTIL = "at >= :since", "at < :until"
_AFTER = "(at, n) < (:after_at, :after_n)"
