"""Wake-ups between processes: LISTEN on a separate connection. They are only hints: whoever waits
also polls every second.

A process that tells its own waiters more directly, after the commit, notifies with `origin` as the
payload: it does not hear itself then, and others do.
"""

import asyncio
import secrets
from collections import defaultdict
from typing import Any
from weakref import WeakSet

from shared.postgres.changes import EVERYTHING
from shared.postgres.database import Signal, session
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.backoff import Backoff
from shared.telemetry.logs import log

_PING_SECONDS = 5.0
_MOST_WORDS = 1_000
"""The most that a reader is told one by one in one look."""


class Words:
    """What one reader of a channel has not read yet: the payloads of `notify`, each once.

    `*` among them: some may have been missed, since nobody listened for a while, or since there
    were too many. Iterated, it is what came since the last look, again and again.
    """

    def __init__(self) -> None:
        self._heard: set[str] = set()
        self._signal = Signal()

    def add(self, word: str) -> None:
        self._heard = {EVERYTHING} if len(self._heard) >= _MOST_WORDS else self._heard | {word}
        self._signal.set()

    async def next(self, seconds: float | None = None) -> frozenset[str]:
        """Empty if there was none within `seconds`."""
        await self._signal.wait(seconds)
        heard, self._heard = frozenset(self._heard), set()
        return heard

    def __aiter__(self) -> "Words":
        return self

    async def __anext__(self) -> frozenset[str]:
        return await self.next()


class Wake:
    """One per process. A channel's signal is set by `notify` in any process, and by `local` in this
    one.
    """

    def __init__(self, url: str, *, name: str) -> None:
        self.origin = secrets.token_hex(8)
        self._url = url
        self._name = name
        self._signals: dict[str, WeakSet[Signal]] = defaultdict(WeakSet)
        self._words: dict[str, WeakSet[Words]] = defaultdict(WeakSet)
        self._more = Signal()

    def signal(self, channel: str) -> Signal:
        """Creates a new signal: keep a reference to it."""
        signal = Signal()
        if channel not in self._channels():
            self._more.set()
        self._signals[channel].add(signal)
        return signal

    def words(self, channel: str) -> Words:
        """For a reader of its own: keep a reference to it. It begins with `*` once the process
        listens to the channel.
        """
        words = Words()
        if channel in self._channels():
            words.add(EVERYTHING)
        else:
            self._more.set()
        self._words[channel].add(words)
        return words

    def _channels(self) -> set[str]:
        return {*self._signals, *self._words}

    def local(self, channel: str) -> None:
        """Wakes waiters in this process, without the database."""
        self._heard(None, 0, channel, "")

    async def run(self, stop: asyncio.Event) -> None:
        """Listens until `stop`; reconnects on its own."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                await self._listen(stop, backoff)
            except DatabaseUnavailable as error:
                log.debug("wake_connection_lost", error=error.kind)
                await backoff.wait(stop)

    async def _listen(self, stop: asyncio.Event, backoff: Backoff) -> None:
        listened: set[str] = set()
        async with session(self._url, name=self._name) as connection:
            while not stop.is_set():
                for channel in self._channels() - listened:
                    await connection.add_listener(channel, self._heard)
                    listened.add(channel)
                    self._missed(channel)
                # Notifications sent while nobody listened are not repeated: look at all once.
                if len(listened) == len(self._channels()) and backoff.reset():
                    for channel in listened:
                        self.local(channel)
                await self._pause(stop)
                await connection.execute("select 1")

    def _heard(self, _connection: Any, _pid: int, channel: str, payload: object) -> None:
        if payload == self.origin:
            return
        for signal in list(self._signals.get(channel, ())):
            signal.set()
        for words in list(self._words.get(channel, ())):
            words.add(str(payload) or EVERYTHING)

    def _missed(self, channel: str) -> None:
        for words in list(self._words.get(channel, ())):
            words.add(EVERYTHING)

    async def _pause(self, stop: asyncio.Event) -> None:
        """Until the connection is due for a check, another channel is requested, or `stop`."""
        stopping = asyncio.ensure_future(stop.wait())
        more = asyncio.ensure_future(self._more.wait())
        try:
            await asyncio.wait(
                (stopping, more), timeout=_PING_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            stopping.cancel()
            more.cancel()
