"""How the workers of a channel are woken: at once in this process, by NOTIFY in others. Hints only: every worker also looks by itself."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.rows import CHANNELS
from shared.database import Signal, notify
from shared.wake import Wake


class Wakeups:
    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        for channel in CHANNELS:
            self.signal(channel)  # asked for before the process listens, so that it listens to all

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
