"""Wakes the workers of a channel and the readers' streams: directly in this process, through NOTIFY
in others.

Wake-ups are hints only: every worker also polls, and so do the streams.
"""

from collections.abc import Callable, Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.channels.registry import KINDS
from services.notifier.inbox.inbox import Key
from shared.postgres.database import Signal, notify
from shared.postgres.wake import Wake

POLL_SECONDS = 1.0
"""The longest that a worker waits before it looks by itself."""


class Wakeups:
    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        self._streams: list[Callable[[Collection[Key]], None]] = []
        for channel in KINDS.channels:
            self.signal(channel)  # registered before the process starts to listen

    def signal(self, channel: str) -> Signal:
        return self._wake.signal(_name(channel))

    def local(self, channel: str) -> None:
        """After a commit in this process."""
        self._wake.local(_name(channel))

    def streams_are(self, moved: Callable[[Collection[Key]], None]) -> None:
        """`moved` is called with the readers whose inbox has changed."""
        self._streams.append(moved)

    def moved(self, readers: Collection[Key]) -> None:
        """After a commit in this process."""
        for moved in self._streams:
            moved(readers)

    @property
    def origin(self) -> str:
        """Given to changes of inboxes that `moved` is called for: NOTIFY need not tell us again."""
        return self._wake.origin if self._streams else ""

    async def everywhere(self, conn: AsyncConnection, channel: str) -> None:
        """With this transaction's commit."""
        await notify(conn, _name(channel))


def _name(channel: str) -> str:
    return f"plimsoll_delivery_{channel}"
