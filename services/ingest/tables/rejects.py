"""Queries of `event_rejected`, which the loops of all services write."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.audit.trail import Author
from shared.postgres import changes
from shared.postgres.database import NEWEST

MOST_COUNTED = 100_000
_MOST_REASONS = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """`reason`: all of it. `code`: what it begins with."""

    service: str | None = None
    topic: str | None = None
    state: str | None = None
    reason: str | None = None
    code: str | None = None

    def given(self) -> dict[str, str]:
        return {
            one.name: value
            for one in fields(self)
            if (value := getattr(self, one.name)) is not None
        }


@dataclass(frozen=True, slots=True)
class Fate:
    """Of a record that was sent again. `refused`: the row that it became."""

    passed: bool
    refused: int | None
    reason: str | None


async def page(
    conn: AsyncConnection, filters: Filters, before: int | None, most: int
) -> Sequence[Row[Any]]:
    """Newest first, older than the row `before`."""
    given = filters.given()
    statement = _page(tuple(given))
    return (await conn.execute(statement, given | {"before": before or NEWEST, "most": most})).all()


async def find(conn: AsyncConnection, id: int, *, locked: bool = False) -> Row[Any] | None:
    """`locked`: nobody else settles it until this transaction ends."""
    return (await conn.execute(_LOCK if locked else _ONE, {"id": id})).one_or_none()


async def open_ones(
    conn: AsyncConnection, filters: Filters, after: int, most: int
) -> Sequence[Row[Any]]:
    """Locked, the oldest first; those that somebody else works on are left out."""
    given = filters.given()
    return (await conn.execute(_some(tuple(given)), given | {"after": after, "most": most})).all()


async def count_open(conn: AsyncConnection, filters: Filters, after: int) -> int:
    """At most `MOST_COUNTED` are counted."""
    given = filters.given()
    most = {"after": after, "most": MOST_COUNTED}
    return int((await conn.execute(_count(tuple(given)), given | most)).scalar_one())


async def count(conn: AsyncConnection, filters: Filters, most: int) -> int:
    """Up to `most`."""
    given = filters.given()
    return int((await conn.execute(_count_all(tuple(given)), given | {"most": most})).scalar_one())


async def reasons(conn: AsyncConnection, filters: Filters) -> Sequence[Mapping[str, Any]]:
    """Of the newest records, as many as are counted; the most frequent first."""
    given = filters.given()
    most = {"most": MOST_COUNTED, "kinds": _MOST_REASONS}
    rows = await conn.execute(_reasons(tuple(given)), given | most)
    return [dict(row._mapping) for row in rows]


async def settle(
    conn: AsyncConnection,
    ids: Collection[int],
    state: str,
    author: Author,
    now: datetime,
    note: str | None = None,
) -> None:
    given = {"ids": list(ids), "state": state, "now": now, "note": note}
    await conn.execute(_SETTLE, given | {"kind": author.kind, "by": author.id})
    changes.note(conn, "rejected", map(str, ids))


async def became(conn: AsyncConnection, id: int, refused: int) -> None:
    """What was sent again was refused again, as this row."""
    await conn.execute(_BECAME, {"id": id, "refused": refused})


async def fates(
    conn: AsyncConnection, service: str, topic: str, places: Collection[tuple[int, int]]
) -> list[Fate]:
    """By (partition, offset). One that waits with its account has not passed."""
    given = {
        "service": service,
        "topic": topic,
        "partitions": [partition for partition, _ in places],
        "offsets": [offset for _, offset in places],
    }
    rows = await conn.execute(_FATES, given)
    return [Fate(bool(row.passed), row.id, row.reason) for row in rows]


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


_FROM = """
    event_rejected r cross join lateral (
        select exists (select from erasure e
            where e.contact is null and e.account = any(r.accounts)) as going
        offset 0) g
"""
"""What it held of an account that is being erased is shown no more. Looked for once a row: without
the offset it would be once a column.
"""
_COLUMNS = """
    id, service, topic, partition, "offset", reason,
    case when not going then payload end as payload,
    case when not going then payload_base64 end as payload_base64,
    case when not going then headers end as headers,
    case when not going then accounts else '{}' end as accounts,
    at, state, settled_at, by_kind, by_id, note, replayed_as
"""
_CONDITIONS = {
    "service": "service = :service",
    "topic": "topic = :topic",
    "state": "state = :state",
    # The index is of the digest: a reason may be longer than what an index takes.
    "reason": "md5(reason) = md5(:reason) and reason = :reason",
    "code": "split_part(reason, ':', 1) = :code",
}


def _where(names: tuple[str, ...], *more: str) -> str:
    """Only the conditions that are asked for: one that may be null cannot use an index."""
    return " and ".join([*more, *(_CONDITIONS[name] for name in names)]) or "true"


@cache
def _page(names: tuple[str, ...]) -> TextClause:
    return text(
        f"""
        select {_COLUMNS} from {_FROM} where {_where(names, "id < :before")}
        order by id desc limit :most
        """
    )


@cache
def _some(names: tuple[str, ...]) -> TextClause:
    return text(
        f"""
        select {_COLUMNS} from {_FROM}
        where {_where(names, "id > :after", "state = 'open'")}
        order by id limit :most for update of r skip locked
        """
    )


@cache
def _count(names: tuple[str, ...]) -> TextClause:
    return text(
        f"""
        select count(*) from (
            select from event_rejected where {_where(names, "id > :after", "state = 'open'")}
            limit :most) r
        """
    )


@cache
def _count_all(names: tuple[str, ...]) -> TextClause:
    return text(
        f"select count(*) from (select from event_rejected where {_where(names)} limit :most) r"
    )


@cache
def _reasons(names: tuple[str, ...]) -> TextClause:
    return text(
        f"""
        select service, reason, count(*) as count, count(*) filter (where state = 'open') as open,
            min(at) as first, max(at) as last, (sum(count(*)) over ())::bigint as counted
        from (select service, reason, state, at from event_rejected where {_where(names)}
            order by id desc limit :most) r
        group by service, reason order by open desc, count desc, service, reason limit :kinds
        """
    )


_ONE = text(f"select {_COLUMNS} from {_FROM} where id = :id")
_LOCK = text(f"select {_COLUMNS} from {_FROM} where id = :id for update of r")
_SETTLE = text(
    """
    update event_rejected set state = :state, settled_at = :now, by_kind = :kind, by_id = :by,
        note = :note, replayed_as = null
    where id = any(cast(:ids as bigint[]))
    """
)
_BECAME = text("update event_rejected set replayed_as = :refused where id = :id")
_FATES = text(
    """
    select r.id, r.reason, coalesce(o.next_offset > w."offset", false) and not exists (
        select from parked_record p where p.service = :service and p.lane = :topic
            and p.partition = w.partition and p."offset" = w."offset") as passed
    from unnest(cast(:partitions as int[]), cast(:offsets as bigint[])) as w(partition, "offset")
    left join consumer_offset o on o.service = :service and o.topic = :topic
        and o.partition = w.partition
    left join event_rejected r on r.service = :service and r.topic = :topic
        and r.partition = w.partition and r."offset" = w."offset"
    """
)
_OFFSETS = text(
    """
    select "offset" from event_rejected
    where service = 'ingest' and topic = :topic and partition = :partition
        and "offset" >= :first and "offset" < :end
    """
)
