"""Wakes the workers of a channel: directly in this process, through NOTIFY in others.

Wake-ups are hints only: every worker also polls.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.rows import CHANNELS
from shared.postgres.database import Signal, notify
from shared.postgres.wake import Wake


class Wakeups:
    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        for channel in CHANNELS:
            self.signal(channel)  # registered before the process starts to listen

    def signal(self, channel: str) -> Signal:
        return self._wake.signal(_name(channel))

    def local(self, channel: str) -> None:
        """After a commit in this process."""
        self._wake.local(_name(channel))

    async def everywhere(self, conn: AsyncConnection, channel: str) -> None:
        """With this transaction's commit."""
        await notify(conn, _name(channel))


def _name(channel: str) -> str:
    return f"plimsoll_delivery_{channel}"
