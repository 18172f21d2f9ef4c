"""Erases what ingest has of an account: its usage. Keys of counted events are keyed hashes and are
dropped with their day.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.erasure import leftovers
from shared.erasure.eraser import Rows, Step, Work


async def place_of_a_walk(conn: AsyncConnection, work: Work) -> int:
    """A walk through all accounts may have stopped at this one: it continues from the one
    before.
    """
    return (
        (await conn.execute(_STEP_BACK, {"account": work.erasure.account})).rowcount
        if work.erasure.contact is None
        else 0
    )


_STEP_BACK = text(
    """
    update layout_progress set walked = coalesce((select max(id) from account where id < :account),
        '') where walked = :account
    """
)

STEPS: Sequence[Step] = (
    Rows("usage_unassigned"),
    Rows("usage_total"),
    Rows("usage_day"),
    Rows("unique_member"),
    place_of_a_walk,
    *leftovers.steps("ingest"),
)
