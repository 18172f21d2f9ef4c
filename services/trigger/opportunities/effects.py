"""What follows from entries elsewhere, in the same transaction."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.log.append import Appended
from services.trigger.process.log.entries import TimerSet
from services.trigger.tables import due


async def carry_out(conn: AsyncConnection, found: Appended) -> None:
    for effect in found.effects:
        match effect:
            case TimerSet(name, at):
                await due.schedule(conn, found.state.account, f"{name}:{found.state.id}", at)
