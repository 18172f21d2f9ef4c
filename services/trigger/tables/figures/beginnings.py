"""Since when there is anything to count."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.tables.figures.parts import EFFECTIVE

Begins = Literal["alerts", "deals", "decisions", "plans", "proposals", "upsells"]


async def first(conn: AsyncConnection) -> Mapping[Begins, datetime | None]:
    """Of each, when the first one was; None: there is none."""
    row = (await conn.execute(_FIRST)).one()
    return {name: getattr(row, name) for name in get_args(Begins)}


_FIRST = text(
    f"""
    select (select reached_at from alert order by seq limit 1) as alerts,
           (select min(created_at) from opportunity) as deals,
           (select at from decision order by seq limit 1) as decisions,
           (select min({EFFECTIVE}) from plan_change) as plans,
           (select at from proposal order by seq limit 1) as proposals,
           (select min({EFFECTIVE}) from plan_change where kind = 'plan_upgrade') as upsells
    """
)
"""Alerts, decisions and proposals come in the order of their time, and there may be millions."""
