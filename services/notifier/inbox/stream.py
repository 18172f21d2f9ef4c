"""The inbox as server-sent events: `created`, `updated`, `resolved` with the item, and `counts`.

This process's own messages wake the streams that they are for. For those of others, all streams
share one listener: a wake-up costs one query however many streams there are, and the listener also
polls every second. Streams that have something to read at the same time
share a query, so a thousand that open together cost only a few. A stream has no buffer: it reads
what it has not sent, as fast as its client accepts it.

An event's `id` is twice the number of the change, plus one for `counts`: it increases from event to
event and tells where to resume.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import AppStatus
from starlette.types import Receive, Scope, Send

from services.notifier.inbox import inbox
from services.notifier.inbox.inbox import Key, Page, Since
from services.notifier.inbox.token import Grant
from services.notifier.inbox.view import item_view
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.postgres.together import Together
from shared.runtime.backoff import Backoff
from shared.runtime.context import Context
from shared.runtime.waits import pause
from shared.values.quantities import dumps
from shared.web import Problem

HEARTBEAT_SECONDS = 15
RETRY_MS = 3_000
MOST_STREAMS = 5_000
MOST_PER_CONTACT = 12
_LOOK_SECONDS = 1.0
_MEMBERSHIP_SECONDS = 10.0
_SEND_SECONDS = 20.0

# The hub ends the streams when the process stops; the library's own mechanism is a flag for the
# whole interpreter that is never reset.
AppStatus.enable_automatic_graceful_drain = False


@dataclass(eq=False, slots=True)
class Watcher:
    """One open stream. `sent`: the number of the last change sent."""

    grant: Grant
    sent: int = 0
    over: bool = False
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def key(self) -> Key:
        return self.grant.account, self.grant.contact

    def wake(self) -> None:
        self._moved.set()

    def end(self) -> None:
        self.over = True
        self._moved.set()

    async def moved(self) -> None:
        """Waits until there is a change, or the stream is over."""
        await self._moved.wait()
        self._moved.clear()


class Hub:
    """Knows every open stream of this process; wakes those whose contact's counter has moved."""

    def __init__(self, context: Context) -> None:
        self._engine = context.engine
        self._clock = context.clock
        self._signal = context.wake.signal(inbox.CHANNEL)
        self._watchers: dict[Key, set[Watcher]] = defaultdict(set)
        self._count = 0
        self._stopping = False

    def open(self, grant: Grant) -> Watcher:
        """Raises Problem 429 or 503 if there are too many, or if the process is stopping."""
        if self._stopping or self._count >= MOST_STREAMS:
            raise Problem(503, "There are too many streams: retry.", headers={"Retry-After": "5"})
        if self.streams_of(grant.account, grant.contact) >= MOST_PER_CONTACT:
            raise Problem(
                429, "This contact has too many open streams.", headers={"Retry-After": "30"}
            )
        watcher = Watcher(grant)
        self._watchers[watcher.key].add(watcher)
        self._count += 1
        return watcher

    @property
    def streams(self) -> int:
        """How many are open."""
        return self._count

    def streams_of(self, account: str, contact: str) -> int:
        return len(self._watchers.get((account, contact), ()))

    def moved(self, readers: Iterable[Key]) -> None:
        """Wakes the streams of readers whose inbox was just changed by this process."""
        for reader in readers:
            for watcher in self._watchers.get(reader, ()):
                watcher.wake()

    def close(self, watcher: Watcher) -> None:
        if watcher in self._watchers.get(watcher.key, ()):
            self._watchers[watcher.key].discard(watcher)
            self._count -= 1
            if not self._watchers[watcher.key]:
                del self._watchers[watcher.key]

    async def run(self, stop: asyncio.Event) -> None:
        ending = asyncio.create_task(self._end_all(stop))
        backoff, checked = Backoff(), 0.0
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            await self._signal.wait(_LOOK_SECONDS)
            started = loop.time()
            self._end_expired()
            try:
                await self._look()
                if loop.time() - checked > _MEMBERSHIP_SECONDS:
                    checked = loop.time()
                    await self._drop_former_contacts()
                backoff.reset()
                # However often it is woken, it leaves half of the time to the rest of the process.
                await pause(stop, loop.time() - started)
            except DatabaseUnavailable:
                await backoff.wait(stop)
        await ending

    async def _end_all(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._stopping = True
        self._signal.set()
        for watcher in list(self._all()):
            watcher.end()

    async def _look(self) -> None:
        if self._watchers:
            async with transaction(self._engine) as conn:
                positions = await inbox.positions(conn, list(self._watchers))
            for key, position in positions.items():
                for watcher in self._watchers.get(key, ()):
                    if position > watcher.sent:
                        watcher.wake()

    def _end_expired(self) -> None:
        now = self._clock.now()
        for watcher in list(self._all()):
            if now >= watcher.grant.expires_at:
                watcher.end()

    async def _drop_former_contacts(self) -> None:
        """Ends the streams of people who left their account, even if someone else has their id."""
        if self._watchers:
            async with transaction(self._engine) as conn:
                persons = await inbox.persons(conn, list(self._watchers))
            for watcher in list(self._all()):
                if watcher.key in persons and watcher.grant.person != persons[watcher.key]:
                    watcher.end()

    def _all(self) -> Iterable[Watcher]:
        return (watcher for watchers in self._watchers.values() for watcher in watchers)


def stream(
    hub: Hub, context: Context, grant: Grant, last_event_id: int | None
) -> EventSourceResponse:
    """Streams from `last_event_id` on, without gaps; from now on if it is None."""
    return _Stream(
        hub, hub.open(grant), context, None if last_event_id is None else last_event_id // 2
    )


class _Stream(EventSourceResponse):
    """Always closes its watcher: a client may disconnect before the first event is read."""

    def __init__(self, hub: Hub, watcher: Watcher, context: Context, after: int | None) -> None:
        self._hub, self._watcher = hub, watcher
        super().__init__(
            _events(watcher, context.together(inbox.pages), after),
            headers={"Cache-Control": "no-store, no-transform"},
            ping=HEARTBEAT_SECONDS,
            ping_message_factory=lambda: ServerSentEvent(comment="still here", sep="\n"),
            send_timeout=_SEND_SECONDS,
            sep="\n",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._hub.close(self._watcher)


async def _events(
    watcher: Watcher, read: Together[Since, Page], after: int | None
) -> AsyncIterator[ServerSentEvent]:
    """Reads only after a change; no transaction is held while idle."""
    try:
        yield ServerSentEvent(comment="plimsoll", retry=RETRY_MS, sep="\n")
        page = await read(Since(*watcher.key, after, owed=True))
        while not watcher.over:
            for event in _told(page):
                yield event
            watcher.sent = page.upto
            if not page.more:
                await watcher.moved()
            page = await read(Since(*watcher.key, watcher.sent, owed=page.more))
    except DatabaseUnavailable:
        return  # without its database a stream ends; the client reconnects and resumes


def _told(page: Page) -> Iterator[ServerSentEvent]:
    for row in page.rows:
        yield _event(row.event, 2 * row.seq, item_view(row))
    if page.counts is not None:
        yield _event(
            "counts",
            2 * page.upto + 1,
            {"unread": page.counts.unread, "unseen": page.counts.unseen},
        )


def _event(name: str, number: int, data: Any) -> ServerSentEvent:
    return ServerSentEvent(dumps(data).decode(), event=name, id=str(number), sep="\n")
