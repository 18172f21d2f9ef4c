"""What follows from entries elsewhere, in the same transaction."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.deals import patience
from services.trigger.process.log.append import Appended
from services.trigger.tables import due


async def carry_out(conn: AsyncConnection, found: Appended) -> None:
    state = found.state
    for timer in (*found.effects, *patience.timers(state, found.entries)):
        await due.schedule(conn, state.account, f"{timer.name}:{state.id}", timer.at)
