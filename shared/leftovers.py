"""What the loops keep of an account while it waits or because it cannot be used: as steps of an erasure, for each service."""

import json
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.erasing import PIECE, Rows, Step, Work
from shared.tombstones import CODE

_EARLIER = f"{CODE}: what it was about was erased later"


def steps(service: str) -> Sequence[Step]:
    """Records that are set aside, messages that wait to be sent, and what rejected records held."""
    own = f"service = '{service}'"
    return (
        Rows("parked_record", f"{own} and account = :account"),
        Rows("parked", f"{own} and account = :account and not exists (select 1 from parked_record w where {_BEHIND})"),
        Rows("outbox", f"{own} and key = convert_to(:account, 'UTF8')"),
        Rejected(service),
        Unnamed(service),
    )


_BEHIND = "w.service = r.service and w.account = r.account and w.lane = r.lane"


class Rejected:
    """Rejected records stay, so that a replay passes over them; what they held goes."""

    table = "event_rejected"

    def __init__(self, service: str) -> None:
        self._service = service

    async def __call__(self, conn: AsyncConnection, work: Work) -> int:
        if work.erasure.contact is not None:
            return 0
        given = {"service": self._service, "account": work.erasure.account, "reason": _EARLIER, "limit": PIECE}
        return (await conn.execute(_EMPTY, given)).rowcount


class Unnamed:
    """Records of which nobody has noted whom they were about: those that hold the id as a JSON text."""

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


_EMPTY = text(
    """
    update event_rejected set reason = :reason, payload = null, payload_base64 = null, accounts = '{}'
    where id = any(array(select id from event_rejected where service = :service and accounts @> array[cast(:account as text)] limit :limit))
    """
)
_EMPTY_UNNAMED = text(
    """
    with piece as (
        select id, payload, payload_base64 from event_rejected
        where id > :after and service = :service and (payload is not null or payload_base64 is not null)
          and (accounts is null or accounts = '{}')
        order by id limit :limit
    ), holding as (
        select id from piece p where exists (
            select 1 from unnest(array[cast(:plain as text), cast(:escaped as text)]) as n(needle)
            where strpos(p.payload, n.needle) > 0 or position(convert_to(n.needle, 'UTF8') in decode(p.payload_base64, 'base64')) > 0)
    ), emptied as (
        update event_rejected e set reason = :reason, payload = null, payload_base64 = null, accounts = '{}'
        from holding h where e.id = h.id)
    select max(id) from piece
    """
)
