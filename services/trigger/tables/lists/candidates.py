"""Accounts that may be what somebody looks for: those whose overview says so, and those whose
overview is to be written again. Whoever asks looks at each of them itself.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def targets(conn: AsyncConnection, now: datetime, after: str, limit: int) -> list[str]:
    """The next to approach about an upgrade, by id."""
    given = {"now": now, "after": after, "limit": limit}
    return list((await conn.execute(_TARGETS, given)).scalars())


async def asked(conn: AsyncConnection, now: datetime, after: str, limit: int) -> list[str]:
    """The next subscribed ones with health and an NPS answer, by id."""
    given = {"now": now, "after": after, "limit": limit}
    return list((await conn.execute(_ASKED, given)).scalars())


def _candidates(condition: str) -> str:
    """Each part no further than the limit."""
    return f"""
        select account from (
            (select o.account from account_overview o
                where o.account > :after and {condition}
                order by o.account limit :limit)
            union
            (select o.account from account_overview o where o.due_at <= :now and o.account > :after
                order by o.account limit :limit)
            union
            (select distinct m.account from account_overview_mark m where m.account > :after
                order by m.account limit :limit)) c
        order by account limit :limit
    """


_TARGETS = text(_candidates("o.target"))
_ASKED = text(
    _candidates(
        "o.band is not null and o.plan is not null and exists (select from account_record r "
        "where r.account = o.account and r.body ? 'nps')"
    )
)
