"""Upsells: moves to a higher plan, and the proposals that may have led to them."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.reports.amounts import Upsell
from services.trigger.process.reports.attribution import WINDOWS, Delivered, Move
from services.trigger.tables.figures.parts import EFFECTIVE, MOVES, brings
from shared.erasure.requests import spares


async def upsells(
    conn: AsyncConnection, since: datetime, until: datetime, currency: str | None
) -> list[Move]:
    """Of the period, the oldest first."""
    given = {"since": since, "until": until, "currency": currency}
    return [
        Move(
            Upsell(
                row.account,
                row.at,
                row.currency or "",
                None if row.before is None or row.after is None else row.after - row.before,
                row.initial if row.first_currency == row.currency else None,
            ),
            row.to_plan,
        )
        for row in await conn.execute(_UPSELLS, given)
    ]


async def delivered(
    conn: AsyncConnection, accounts: Collection[str], since: datetime, until: datetime
) -> list[Delivered]:
    """Proposals to these accounts that arrived, made from the longest window before `since` on.

    What a person says arrives; a message if any copy was delivered, whenever that was.
    """
    given = {
        "accounts": list(accounts),
        "since": since - max(WINDOWS.values(), default=timedelta()),
        "until": until,
    }
    return [
        Delivered(row.id, row.account, row.at, row.plan, row.channel, row.reason)
        for row in await conn.execute(_DELIVERED, given)
    ]


_UPSELLS = text(
    f"""
    with first as (
        select distinct on (account) account, case when to_plan is null then 0 else arr_after end
            as initial, currency
        from plan_change order by account, {EFFECTIVE}, id)
    select m.account, m.at, m.currency, m.before, m.after, m.to_plan, f.initial,
           f.currency as first_currency
    from ({MOVES} where kind = 'plan_upgrade' and {EFFECTIVE} >= :since
              and {EFFECTIVE} < :until) m
    join first f using (account)
    where (cast(:currency as text) is null or m.currency = :currency) and {spares("m")}
    order by m.at, m.id
    """
)
_DELIVERED = text(
    f"""
    select p.id, p.account, p.at, p.plan, p.channel, p.reason
    from proposal p
    where p.account = any(cast(:accounts as text[])) and p.at >= :since and p.at < :until
        and p.add_on is null and p.state is distinct from 'draft'
        and (p.channel <> 'message' or exists (
            select from notification n join delivery d on d.notification = n.id
            where {brings("n", "p")} and d.state = 'delivered'))
    """
)
