"""Turns `plimsoll.messages` into notifications and deliveries.

In-app copies are written immediately, in the same transaction. Nothing is sent from here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from aiokafka.structs import TopicPartition

from services.notifier import newcomers
from services.notifier.addressing import Addressed, Reader, address, held_back
from services.notifier.batch import Wave, waves
from services.notifier.channels.kind import ChannelKind
from services.notifier.channels.live import Channels
from services.notifier.channels.registry import KINDS
from services.notifier.completion import completion
from services.notifier.delivery.wakeups import POLL_SECONDS, Wakeups
from services.notifier.inbox import inbox
from services.notifier.messages import Closing, Notice, Received, read
from services.notifier.rows import EMAIL, IN_APP
from services.notifier.store import messages as store
from services.notifier.store import people
from shared.clock.clock import Clock
from shared.clock.test_faults import NO_FAULTS, TestFaults
from shared.erasure import requests as erasure
from shared.loop.isolation import Isolation
from shared.loop.turn import Handler, Records, Turn
from shared.messages import MESSAGES, People, Tell
from shared.telemetry import metrics

Prepared = Mapping[tuple[int, int], Received | str]


class MessageHandler(Handler):
    """Idempotent by unique keys: a duplicate message, or a replay of the topic, changes nothing."""

    service = "notifier"
    topics = (MESSAGES,)
    tick_seconds: float | None = None

    def __init__(
        self, clock: Clock, channels: Channels, wakeups: Wakeups, faults: TestFaults = NO_FAULTS
    ) -> None:
        self._faults = faults
        self._clock = clock
        self._channels = channels
        self._wakeups = wakeups

    def prepare(self, records: Records) -> Prepared:
        """Returns the messages by partition and offset, or the reason why one cannot be used."""
        return {
            (record.partition, record.offset): read(record.value)
            for several in records.values()
            for record in several
        }

    async def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """Nothing is remembered between batches."""

    async def tick(self, turn: Turn) -> None:
        """The handler has no timers: deliveries have their own workers."""

    async def apply(self, turn: Turn) -> None:
        messages = await _without_erased(turn, list(_messages(turn)))
        for wave in waves(messages):
            await self._tell(turn, wave.tells)
            await self._close(turn, wave)
        await self._look_who_is_there(turn, [one for one in messages if isinstance(one, People)])

    async def _look_who_is_there(self, turn: Turn, changes: Sequence[People]) -> None:
        """Runs after the batch's other messages; later ones are addressed to the new contacts."""
        if not changes:
            return
        withdrawn = {key for one in changes for key in one.withdrawn}
        parts = await newcomers.tell(
            turn.conn, {one.account for one in changes}, withdrawn, turn.now
        )
        shown = sum(part.item is not None for part in parts)
        turn.after_commit(lambda: metrics.deliveries.labels(IN_APP, "delivered").inc(shown))
        self._wake(turn, {EMAIL})

    async def _tell(self, turn: Turn, tells: list[Notice]) -> None:
        if not tells:
            return
        contacts = await people.contacts(turn.conn, {tell.account for tell in tells})
        before = await store.before(turn.conn, tells, contacts.mailboxes)
        # Anyone who became a contact since then has already received the notices that still hold.
        tells = [tell for tell in tells if tell.key not in before.told]
        if not tells:
            return
        readers = contacts.readers(before.refused)
        recorded, disabled = self._channels.recorded(before.channels)
        parts = [
            (tell, held_back(part, disabled))
            for tell, part in self._addressed(turn, tells, readers, recorded)
        ]
        new = await store.insert_notifications(turn.conn, [part.notification for _, part in parts])
        parts = [(tell, part) for tell, part in parts if part.notification.id in new]
        await self._write(turn, [part for _, part in parts], before.over)
        self._count(turn, parts)

    def _addressed(
        self,
        turn: Turn,
        tells: Sequence[Notice],
        readers: Mapping[str, Mapping[str, Reader]],
        on: Collection[ChannelKind],
    ) -> list[tuple[Notice, Addressed]]:
        isolation, parts = Isolation(self._faults), list[tuple[Notice, Addressed]]()
        for tell in tells:
            with isolation.of(tell.account, "render"):
                parts += [
                    (tell, part) for part in address(tell, readers[tell.account], on, turn.now)
                ]
        isolation.check()
        return parts

    async def _write(
        self, turn: Turn, parts: list[Addressed], over: Mapping[str, store.Over]
    ) -> None:
        items = [part.item for part in parts if part.item is not None]
        await store.insert_deliveries(
            turn.conn,
            [delivery for part in parts for delivery in part.deliveries],
            opening=[part.notification for part in parts],
            crms=[kind.name for kind in KINDS.to("crm")],
        )
        await store.follow_tasks(turn.conn, [part.notification for part in parts], turn.now)
        moved = await inbox.put_items(turn.conn, items, self._wakeups.origin)
        # An alert that ended before its message arrived is shown and closed in one step: a late
        # message does not reopen it.
        for alert in {item.alert for item in items if item.alert is not None} & over.keys():
            end = over[alert]
            at = end.at or turn.now
            moved |= await self._end(turn, [alert], at, replaced=end.replaced)
        turn.after_commit(lambda: self._wakeups.moved(moved))
        # Whoever polls by then need not be woken now, when the readers' streams are.
        soon = turn.now + timedelta(seconds=POLL_SECONDS)
        self._wake(
            turn,
            {
                delivery.channel
                for part in parts
                for delivery in part.deliveries
                if delivery.next_attempt_at is not None and delivery.next_attempt_at < soon
            },
        )

    async def _close(self, turn: Turn, wave: Wave) -> None:
        new = await store.new_closings(
            turn.conn, [closing.key for closing in wave.closings], turn.now
        )
        closings = list(
            {closing.key: closing for closing in wave.closings if closing.key in new}.values()
        )
        alerts = [ended.alert for closing in closings for ended in closing.alerts]
        for channel, state in await store.cancel_waiting(turn.conn, alerts, turn.now):
            turn.after_commit(metrics.deliveries.labels(channel, state).inc)
        moved = set[inbox.Key]()
        for (at, state), ended in _by_moment(closings).items():
            moved |= await self._end(turn, ended, at, replaced=state == "superseded")
        turn.after_commit(lambda: self._wakeups.moved(moved))
        await self._complete(turn, [closing for closing in closings if closing.cured])

    async def _end(
        self, turn: Turn, alerts: list[str], at: datetime, *, replaced: bool
    ) -> set[inbox.Key]:
        origin = self._wakeups.origin
        return await inbox.close_items(turn.conn, alerts, at, replaced=replaced, origin=origin)

    async def _complete(self, turn: Turn, cured: list[Closing]) -> None:
        """Completes the tasks of cured meters. One that never reached the CRM is only cancelled."""
        by_meter = {(closing.account, closing.meter): closing for closing in cured}
        tasks = await store.complete_tasks(turn.conn, by_meter, turn.now)
        crms = KINDS.to("crm")
        parts = [completion(by_meter[told.account, told.meter], told, crms) for told in tasks]
        await store.insert_notifications(turn.conn, [part.notification for part in parts])
        await store.insert_deliveries(
            turn.conn, [delivery for part in parts for delivery in part.deliveries]
        )
        if parts:
            self._wake(turn, {kind.name for kind in crms})

    def _wake(self, turn: Turn, channels: set[str]) -> None:
        for channel in channels:
            turn.after_commit(lambda channel=channel: self._wakeups.local(channel))  # type: ignore[misc]

    def _count(self, turn: Turn, parts: Iterable[tuple[Notice, Addressed]]) -> None:
        shown = {tell.key: tell for tell, part in parts if part.item is not None}
        copies = sum(part.item is not None for _, part in parts)
        given_up = [
            one.channel for _, part in parts for one in part.deliveries if one.state == "dead"
        ]

        def count() -> None:
            metrics.deliveries.labels(IN_APP, "delivered").inc(copies)
            for channel in given_up:
                metrics.deliveries.labels(channel, "dead").inc()
                metrics.dead.labels(channel).inc()
            for tell in shown.values():
                if tell.received_at is not None:
                    metrics.event_to_alert.observe(
                        max(0.0, (self._clock.now() - tell.received_at).total_seconds())
                    )

        turn.after_commit(count)


def _messages(turn: Turn) -> Iterator[Received]:
    for records in turn.records.values():
        for record in records:
            if turn.is_replay(record):
                continue
            message = turn.prepared[record.partition, record.offset]
            if isinstance(message, str):
                turn.reject(record, message)
            else:
                yield message


async def _without_erased(turn: Turn, messages: Sequence[Received]) -> list[Received]:
    """Drops messages that were in flight when their account was erased."""
    barred, people = await erasure.barred_with_people(
        turn.conn, {message.account for message in messages}
    )
    wanted = [
        message
        for message in messages
        if message.account not in barred or _moment(message) >= barred[message.account]
    ]
    return [
        _without_names(one)
        if isinstance(one, Tell) and one.created_at < people.get(one.account, one.created_at)
        else one
        for one in wanted
    ]


def _without_names(tell: Notice) -> Notice:
    """The message predates the erasure of a person, and may name that person."""
    return msgspec.structs.replace(tell, facts=tell.facts.asking(None))


def _moment(message: Received) -> datetime:
    return message.created_at if isinstance(message, Tell) else message.at


def _by_moment(closings: Iterable[Closing]) -> Mapping[tuple[datetime, str], list[str]]:
    found: dict[tuple[datetime, str], list[str]] = {}
    for closing in closings:
        for ended in closing.alerts:
            found.setdefault((closing.at, ended.state), []).append(ended.alert)
    return found
