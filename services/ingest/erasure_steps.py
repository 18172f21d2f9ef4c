"""Erases what ingest has of an account: its usage. Keys of counted events are keyed hashes and are
dropped with their day.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.tables import erasure
from shared.erasure import leftovers
from shared.erasure.eraser import Rows, Step, Work


async def place_of_a_walk(conn: AsyncConnection, work: Work) -> int:
    """A walk through all accounts may have stopped at this one: it continues from the one
    before.
    """
    if work.erasure.contact is not None:
        return 0
    return await erasure.step_back(conn, work.erasure.account)


STEPS: Sequence[Step] = (
    Rows("usage_unassigned"),
    Rows("usage_total"),
    Rows("usage_day"),
    Rows("unique_member"),
    place_of_a_walk,
    *leftovers.steps("ingest"),
)
