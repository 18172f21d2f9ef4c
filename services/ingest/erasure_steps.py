"""Erases what ingest has of an account: its usage. Keys of counted events are keyed hashes and are
dropped with their day.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.tables import erasure, hour_log
from shared.erasure import leftovers
from shared.erasure.eraser import Rows, Step, Work


async def place_of_a_walk(conn: AsyncConnection, work: Work) -> int:
    """A walk through all accounts may have stopped at this one: it continues from the one
    before.
    """
    if work.erasure.contact is not None:
        return 0
    return await erasure.step_back(conn, work.erasure.account)


class PendingHours:
    """Comes before the hours: what is pending would be added to them afterwards."""

    table = "usage_hour_log"

    async def __call__(self, conn: AsyncConnection, work: Work) -> int:
        if work.erasure.contact is not None:
            return 0
        return await hour_log.drop_account(conn, work.erasure.account)


STEPS: Sequence[Step] = (
    PendingHours(),
    Rows("usage_unassigned"),
    Rows("usage_total"),
    Rows("usage_day"),
    Rows("unique_member"),
    place_of_a_walk,
    *leftovers.steps("ingest"),
)
