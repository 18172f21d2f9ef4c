"""The erasure steps for the records that the loops keep, because they wait or cannot be used; the
same for every service.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.erasure import rewrites
from shared.erasure.eraser import PIECE, Rows, Step, Work
from shared.erasure.scrubbing import Person, scrubbed
from shared.erasure.tombstones import CODE
from shared.values.quantities import dumps

_EARLIER = f"{CODE}: what it was about was erased later"


def steps(service: str) -> Sequence[Step]:
    """Parked records, messages waiting to be sent, and the contents of rejected records."""
    own = f"service = '{service}'"
    return (
        Rows("parked_record", f"{own} and account = :account"),
        Rows(
            "parked",
            f"{own} and account = :account "
            f"and not exists (select 1 from parked_record w where {_BEHIND})",
        ),
        Rows("outbox", f"{own} and key = convert_to(:account, 'UTF8')"),
        Rejected(service),
        Unnamed(service),
        *(Waiting(table, service) for table in ("parked_record", "outbox")),
    )


_BEHIND = "w.service = r.service and w.account = r.account and w.lane = r.lane"


class Rejected:
    """Rejected records stay, so that a replay skips them; their contents are deleted."""

    table = "event_rejected"

    def __init__(self, service: str) -> None:
        self._service = service

    async def __call__(self, conn: AsyncConnection, work: Work) -> int:
        given: dict[str, Any] = {
            "service": self._service,
            "account": work.erasure.account,
            "reason": _EARLIER,
            "limit": PIECE,
        }
        if work.erasure.contact is None:
            return (await conn.execute(_EMPTY, given)).rowcount
        needles = {"needles": rewrites.person_of(work).needles}
        return (await conn.execute(_EMPTY_OF_CONTACT, given | needles)).rowcount


class Unnamed:
    """Records without a note of whom they concern: those that contain the id as a JSON string."""

    def __init__(self, service: str) -> None:
        self._service = service

    async def __call__(self, conn: AsyncConnection, work: Work) -> int:
        one = work.erasure
        if one.contact is not None:
            return 0
        after = work.places.get("unnamed", 0)
        given = {
            "service": self._service,
            "after": after,
            "limit": PIECE,
            "plain": json.dumps(one.account, ensure_ascii=False),
            "escaped": json.dumps(one.account),
            "reason": _EARLIER,
        }
        last = (await conn.execute(_EMPTY_UNNAMED, given)).scalar_one()
        if last is None:
            return 0
        work.places["unnamed"] = last
        return 1


class Waiting:
    """Removes an erased contact from the account's waiting records: JSON that we or the account's
    systems have written.
    """

    def __init__(self, table: str, service: str) -> None:
        self.table = table
        self._service = service
        whose = (
            "account = :account"
            if table == "parked_record"
            else "key = convert_to(:account, 'UTF8')"
        )
        self._read = text(
            f"""
            select id, value from {table} where service = :service and {whose} and id > :after
                and value is not null
            order by id limit :limit
            """
        )
        self._write = text(f"update {table} set value = :value where id = :id")

    async def __call__(self, conn: AsyncConnection, work: Work) -> int:
        if work.erasure.contact is None:
            return 0
        person, after = rewrites.person_of(work), work.places.get(self.table, 0)
        given = {
            "service": self._service,
            "account": person.account,
            "after": after,
            "limit": PIECE,
        }
        rows = list(await conn.execute(self._read, given))
        for row in rows:
            value = _scrubbed(bytes(row.value), person)
            if value is not None:
                await conn.execute(self._write, {"id": row.id, "value": value})
        if rows:
            work.places[self.table] = rows[-1].id
        return len(rows)


def _scrubbed(value: bytes, person: Person) -> bytes | None:
    """None if it is not JSON, or does not mention them."""
    try:
        before = rewrites.loads(value)
    except (ValueError, RecursionError):
        return None
    after = scrubbed(before, person)
    return None if after == before else dumps(after)


_EMPTY_OF_CONTACT = text(
    """
    update event_rejected set reason = :reason, payload = null, payload_base64 = null,
        headers = null
    where id = any(array(
        select id from event_rejected
        where service = :service and accounts @> array[cast(:account as text)]
            and (payload is not null or payload_base64 is not null or headers is not null)
          and exists (select 1 from unnest(cast(:needles as text[])) as n(needle)
                      where position(n.needle in lower(concat(headers, payload,
                          encode(decode(payload_base64, 'base64'), 'escape')))) > 0)
        limit :limit))
    """
)
_EMPTY = text(
    """
    update event_rejected set reason = :reason, payload = null, payload_base64 = null,
        headers = null, accounts = '{}'
    where id = any(array(select id from event_rejected where service = :service
        and accounts @> array[cast(:account as text)] limit :limit))
    """
)
_EMPTY_UNNAMED = text(
    """
    with piece as (
        select id, payload, payload_base64, cast(headers as text) as headers from event_rejected
        where id > :after and service = :service and (payload is not null
            or payload_base64 is not null or headers is not null)
          and (accounts is null or accounts = '{}')
        order by id limit :limit
    ), holding as (
        select id from piece p where exists (
            select 1 from unnest(array[cast(:plain as text), cast(:escaped as text)]) as n(needle)
            where strpos(p.payload, n.needle) > 0 or strpos(p.headers, n.needle) > 0
                or position(convert_to(n.needle, 'UTF8')
                    in decode(p.payload_base64, 'base64')) > 0)
    ), emptied as (
        update event_rejected e set reason = :reason, payload = null, payload_base64 = null,
            headers = null, accounts = '{}'
        from holding h where e.id = h.id)
    select max(id) from piece
    """
)
