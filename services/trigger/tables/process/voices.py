"""The mails that our people send from deals: which wait, which went out, and in whose name."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.log.voice import Voice
from services.trigger.process.messages import AHEAD
from services.trigger.process.voices import APART, SPOKEN

_WAITING = ("queued", "sending", "retrying")
_BACK = AHEAD + timedelta(days=14)
"""How long before a mail goes out somebody may have asked for it: retries and holidays besides."""


async def of(conn: AsyncConnection, account: str, now: datetime) -> tuple[Voice, ...]:
    """Of all deals of the account; may be more than still count."""
    given = {"account": account, "types": sorted(SPOKEN), "since": now - _BACK}
    found = (_voice(row, now) for row in await conn.execute(_VOICES, given))
    return tuple(one for one in found if one is not None)


def _voice(row: Row[Any], now: datetime) -> Voice | None:
    """None: it did not go out, and never will."""
    due = max(row.at, row.not_before or row.at)
    if not row.has_arrived:
        return Voice(row.by, row.owner, due, True, row.meant) if due + APART > now else None
    if row.state is None:
        return _without_channel(row, due, now)
    if row.state in _WAITING:
        return Voice(row.by, row.owner, row.next_attempt_at or now, True, row.meant)
    if row.state in ("delivered", "unknown"):
        return Voice(row.by, row.signer, row.ended_at, meant=row.meant)
    return None


def _without_channel(row: Row[Any], due: datetime, now: datetime) -> Voice:
    """Nothing is sent by us: it counts as if it went out when it was due."""
    if due > now:
        return Voice(row.by, row.owner, due, True, row.meant)
    return Voice(row.by, row.meant or row.by, due, meant=row.meant)


_VOICES = text(
    """
    select e.at, cast(e.body ->> 'not_before' as timestamptz) as not_before,
        case when e.by_kind = 'person' then e.by_id else e.body ->> 'signed_by' end as by,
        e.body ->> 'signed_by' as meant, o.owner ->> 'id' as owner, n.id is not null as has_arrived,
        n.facts #>> '{signed,by}' as signer,
        d.state, d.next_attempt_at, coalesce(d.delivered_at, d.ended_at) as ended_at
    from entry e
    join opportunity o on o.id = e.subject
    left join notification n on n.key = e.id and n.contact is not null
    left join delivery d on d.notification = n.id and d.channel = 'email'
    where e.account = :account and e.kind = 'opportunity'
        and e.type = any(cast(:types as text[])) and e.at > :since
        and (e.type = 'message' or e.body ->> 'channel' = 'email')
    """
)
