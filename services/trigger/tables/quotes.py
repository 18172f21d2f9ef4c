"""The quotes that were given."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.proposals.quotes import Quote
from shared.erasure.requests import spares
from shared.values.quantities import dumps


async def add(conn: AsyncConnection, quote: Quote, now: datetime) -> None:
    row = {
        "id": quote.id,
        "account": quote.account,
        "plan": quote.plan,
        "body": dumps(quote.body).decode(),
        "now": now,
        "expires": quote.expires_at,
    }
    await conn.execute(_ADD, row)


async def find(conn: AsyncConnection, id: str) -> Quote | None:
    """Locks the quote until the transaction ends."""
    row = (await conn.execute(_FIND, {"id": id})).one_or_none()
    return None if row is None else _quote(row)


async def accept(conn: AsyncConnection, id: str, now: datetime) -> None:
    await conn.execute(_ACCEPT, {"id": id, "now": now})


def _quote(row: Row[Any]) -> Quote:
    body = msgspec.json.decode(row.body)
    effective = datetime.fromisoformat(body["effective_at"])
    return Quote(
        row.id,
        row.account,
        row.plan,
        body["from_plan"],
        body,
        effective,
        row.expires_at,
        row.accepted_at,
    )


_ADD = text(
    """
    insert into quote (id, account, plan, body, created_at, expires_at) values (:id, :account,
        :plan, cast(:body as jsonb), :now, :expires)
    on conflict do nothing
    """
)
_FIND = text(
    f"""
    select id, account, plan, body::text as body, expires_at, accepted_at from quote
        where id = :id and {spares("quote")} for update
    """
)
_ACCEPT = text("update quote set accepted_at = :now where id = :id")
