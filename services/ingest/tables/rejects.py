"""Queries of `event_rejected`, which the loops of all services write."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.postgres.database import NEWEST


async def page(
    conn: AsyncConnection, topic: str | None, code: str | None, before: int | None, most: int
) -> Sequence[Row[Any]]:
    """Newest first, older than the row `before`; optionally of one topic, or with reasons that
    begin with one code.
    """
    wanted = {
        name: value for name, value in (("topic", topic), ("code", code)) if value is not None
    }
    return (
        await conn.execute(
            _PAGES[frozenset(wanted)], wanted | {"before": before or NEWEST, "most": most}
        )
    ).all()


async def offsets(
    conn: AsyncConnection, topic: str, partition: int, first: int, end: int
) -> Collection[int]:
    """The offsets in `[first, end)` that ingest has rejected."""
    return set(
        (
            await conn.execute(
                _OFFSETS, {"topic": topic, "partition": partition, "first": first, "end": end}
            )
        ).scalars()
    )


_GOING = "exists (select from erasure e where e.contact is null and e.account = any(accounts))"
"""What it held of an account that is being erased is shown no more."""
_CONDITIONS = {"topic": "topic = :topic", "code": "split_part(reason, ':', 1) = :code"}
_PAGES = {
    frozenset(names): text(
        f"""
        select id, topic, partition, "offset", reason,
               case when not {_GOING} then payload end as payload,
               case when not {_GOING} then payload_base64 end as payload_base64, at
        from event_rejected
        where {" and ".join(["id < :before", *(_CONDITIONS[name] for name in names)])}
        order by id desc limit :most
        """
    )
    for names in ((), ("topic",), ("code",), ("topic", "code"))
}
"""Builds only the requested conditions: a condition that may be null cannot use an index."""
_OFFSETS = text(
    """
    select "offset" from event_rejected
    where service = 'ingest' and topic = :topic and partition = :partition
        and "offset" >= :first and "offset" < :end
    """
)
