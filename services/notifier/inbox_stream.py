"""The inbox as server-sent events: `created`, `updated`, `resolved` with the item, `counts` with the counts (contract.md 6).

All streams of a process share one listener: a wake-up costs one query for all of them, whatever their number; every second it looks
without being woken. A stream keeps no buffer: it reads what it has not sent, at the pace at which its client takes it.

An event's `id` is twice the number of the change, plus one for `counts`, so it grows from event to event and tells where to go on.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import AppStatus

from services.notifier import inbox
from services.notifier.inbox_token import Grant
from services.notifier.inbox_view import item_view
from shared.backoff import Backoff
from shared.clock import Clock
from shared.database import Signal, is_unavailable, transaction
from shared.quantities import dumps
from shared.web import Problem

HEARTBEAT_SECONDS = 15
RETRY_MS = 3_000
MOST_STREAMS = 1_000
MOST_PER_CONTACT = 12
_LOOK_SECONDS = 1.0
_MEMBERSHIP_SECONDS = 10.0
_CHECK_SECONDS = 2.0
_SEND_SECONDS = 20.0
_PAGE = 100

Key = tuple[str, str]
"""Account and contact."""

# Streams are ended by the hub when the process stops; the library's own way is a flag for the whole interpreter that nothing resets.
AppStatus.enable_automatic_graceful_drain = False


@dataclass(eq=False, slots=True)
class Watcher:
    """One open stream. `sent` is the number of the last change that it has sent."""

    key: Key
    sent: int = 0
    over: bool = False
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        self._moved.set()

    def end(self) -> None:
        self.over = True
        self._moved.set()

    async def moved(self, seconds: float) -> bool:
        """Waits until something has moved, for at most `seconds`; whether it has."""
        try:
            async with asyncio.timeout(seconds):
                await self._moved.wait()
        except TimeoutError:
            return False
        self._moved.clear()
        return True


class Hub:
    """Knows every open stream of this process, and wakes those whose contact's counter has moved."""

    def __init__(self, engine: AsyncEngine, signal: Signal) -> None:
        self._engine = engine
        self._signal = signal
        self._watchers: dict[Key, set[Watcher]] = defaultdict(set)
        self._count = 0
        self._stopping = False

    def open(self, account: str, contact: str) -> Watcher:
        """Problem 429 or 503 where there are too many already, or the process is stopping."""
        if self._stopping or self._count >= MOST_STREAMS:
            raise Problem(503, "There are too many streams here: try again.", headers={"Retry-After": "5"})
        if self.streams_of(account, contact) >= MOST_PER_CONTACT:
            raise Problem(429, "This contact has too many open streams.", headers={"Retry-After": "30"})
        watcher = Watcher((account, contact))
        self._watchers[watcher.key].add(watcher)
        self._count += 1
        return watcher

    @property
    def streams(self) -> int:
        """How many are open."""
        return self._count

    def streams_of(self, account: str, contact: str) -> int:
        return len(self._watchers.get((account, contact), ()))

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
            try:
                await self._look()
                if loop.time() - checked > _MEMBERSHIP_SECONDS:
                    checked = loop.time()
                    await self._drop_strangers()
                backoff.reset()
            except Exception as error:
                if not is_unavailable(error):
                    raise
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

    async def _drop_strangers(self) -> None:
        """Ends the streams of contacts who have left their account."""
        if self._watchers:
            asked = set(self._watchers)
            async with transaction(self._engine) as conn:
                strangers = asked - await inbox.contacts_among(conn, list(asked))
            for watcher in list(self._all()):
                if watcher.key in strangers:
                    watcher.end()

    def _all(self) -> Iterable[Watcher]:
        return (watcher for watchers in self._watchers.values() for watcher in watchers)


def stream(hub: Hub, engine: AsyncEngine, clock: Clock, grant: Grant, last_event_id: int | None) -> EventSourceResponse:
    """From `last_event_id` on without a gap; without one, from now on."""
    watcher = hub.open(grant.account, grant.contact)
    after = None if last_event_id is None else last_event_id // 2
    return EventSourceResponse(
        _events(hub, watcher, engine, clock, grant.expires_at, after),
        headers={"Cache-Control": "no-store, no-transform"},
        ping=HEARTBEAT_SECONDS,
        ping_message_factory=lambda: ServerSentEvent(comment="still here", sep="\n"),
        send_timeout=_SEND_SECONDS,
        sep="\n",
    )


async def _events(
    hub: Hub, watcher: Watcher, engine: AsyncEngine, clock: Clock, expires_at: datetime, after: int | None
) -> AsyncIterator[ServerSentEvent]:
    """Reads only when something has moved; what it waits for besides is the end: of the token, of the contact, of the process."""
    reader = _Reader(engine, *watcher.key)
    try:
        yield ServerSentEvent(comment="plimsoll", retry=RETRY_MS, sep="\n")
        watcher.sent = await reader.start(after)
        first, moved = True, True
        while not watcher.over and clock.now() < expires_at:
            more = False
            if moved:
                page = await reader.page(watcher.sent, first=first)
                for event in page.events:
                    yield event
                watcher.sent, more, first = page.sent, page.more, False
            moved = more or await watcher.moved(_CHECK_SECONDS)
    except Exception as error:
        # Without its database a stream ends; the client comes back and goes on where it was.
        if not is_unavailable(error):
            raise
    finally:
        hub.close(watcher)


@dataclass(frozen=True, slots=True)
class Page:
    """Events to send now, and the number up to which everything has been sent with them."""

    events: tuple[ServerSentEvent, ...]
    sent: int
    more: bool


class _Reader:
    """What one stream asks of the database: short transactions, none held while nothing happens."""

    def __init__(self, engine: AsyncEngine, account: str, contact: str) -> None:
        self._engine, self._account, self._contact = engine, account, contact

    async def start(self, after: int | None) -> int:
        """Where to begin. A number that was never given out comes from another history of this inbox: everything is sent again."""
        async with transaction(self._engine) as conn:
            now = await inbox.position(conn, self._account, self._contact)
        return now if after is None else after if after <= now else 0

    async def page(self, sent: int, *, first: bool) -> Page:
        """The position is read before the changes: everything up to it is visible to them, and the counts are never older than they."""
        async with transaction(self._engine) as conn:
            position = await inbox.position(conn, self._account, self._contact)
            rows = await inbox.changes(conn, self._account, self._contact, after=sent, limit=_PAGE)
            counts = await inbox.counts(conn, self._account, self._contact)
        more = len(rows) == _PAGE
        upto = max(sent, *(row.seq for row in rows), 0 if more else position)
        events = [_event(row.event, 2 * row.seq, item_view(row)) for row in rows]
        if rows or first:
            events.append(_event("counts", 2 * upto + 1, {"unread": counts.unread, "unseen": counts.unseen}))
        return Page(tuple(events), upto, more)


def _event(name: str, number: int, data: Any) -> ServerSentEvent:
    return ServerSentEvent(dumps(data).decode(), event=name, id=str(number), sep="\n")
