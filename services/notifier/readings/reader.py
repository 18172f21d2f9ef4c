"""Reads the open tasks of one CRM at an interval, and tells what has happened to them there.

Several processes may do so: each takes tasks that nobody else has taken in this interval. What is
read is only told if Plimsoll wrote nothing meanwhile, so that no task answers itself.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.account_fact import account_fact
from services.notifier.channels.base import (
    READ_TOGETHER,
    Delivered,
    Failed,
    Misconfigured,
    Outcome,
    Refused,
    TaskRead,
    TaskReader,
)
from services.notifier.channels.live import Channels, Live
from services.notifier.delivery.wakeups import POLL_SECONDS, Wakeups
from services.notifier.delivery.worker import heed
from services.notifier.delivery.worker_loop import run_worker
from services.notifier.readings.changes import Change, changes
from services.notifier.schedule import BLOCKED
from services.notifier.store import readings as store
from services.notifier.store.readings import Due
from shared.kafka.clients import Outgoing
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.telemetry import metrics
from shared.telemetry.logs import log

SECONDS = 60.0
"""How long one reading may take, with the looking up of people."""
_Told = tuple[Due, TaskRead, Sequence[tuple[Change, str | None]]]


class Reader:
    """The channel itself is the worker's: read while it sends, with the same rate and breaker."""

    def __init__(self, context: Context, name: str, channels: Channels, wakeups: Wakeups) -> None:
        self.name = name
        self._context = context
        self._channels = channels
        self._signal = wakeups.signal(name)
        self._outbox = context.outbox("notifier")
        self._interval = timedelta(seconds=context.settings.crm_read_seconds)
        self._busy, self._told = False, False
        self.rests = True
        """Whether nothing can be read now, so that what is due has to wait."""
        metrics.channel_unread.labels(name).set(0)

    async def run(self, stop: asyncio.Event) -> None:
        await run_worker(self._turn, self._signal, stop)

    async def idle(self, now: datetime) -> bool:
        """Whether nothing is due that could be read."""
        if self._busy:
            return False
        async with transaction(self._context.engine) as conn:
            due = await store.next_due(conn, self.name)
        return due is None or due > now or self.rests

    async def _turn(self) -> float:
        """Reads what is due, at most one batch. Returns the seconds until more may be due."""
        live, now = self._channels.held(self.name), self._context.clock.now()
        if live is None or not isinstance(live.channel, TaskReader):
            self.rests = True
            return POLL_SECONDS
        self._busy = True
        live.sending += 1
        try:
            tasks = await self._claim(live, now)
            if tasks:
                await self._read(live, live.channel, tasks)
            return 0.0 if len(tasks) == READ_TOGETHER else POLL_SECONDS
        finally:
            self._busy = False
            live.sending -= 1
            if live.retired:
                await live.retire()

    async def _claim(self, live: Live, now: datetime) -> list[Due]:
        async with transaction(self._context.engine) as conn:
            refused = await store.refused(conn, self.name, live.config)
            metrics.channel_unread.labels(self.name).set(refused is not None)
            self.rests = (
                live.blocked
                or live.breaker.probing
                or live.breaker.room(now, 1) == 0
                or (refused is not None and now < refused.next_attempt_at)
            )
            if self.rests:
                return []
            return await store.claim(conn, self.name, now, READ_TOGETHER, self._interval)

    async def _read(self, live: Live, channel: TaskReader, tasks: Sequence[Due]) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                found = await channel.read([one.external_id for one in tasks])
                told = (
                    await self._with_people(channel, tasks, found)
                    if isinstance(found, Mapping)
                    else []
                )
        except TimeoutError:
            found, told = Failed(f"no answer within {SECONDS:.0f} s"), []
        now = self._context.clock.now()
        if found is None:
            self._tell_once()
            return
        if not isinstance(found, Mapping):
            await self._failed(live, found, now)
            return
        heed(live.breaker, Delivered(), now)
        async with transaction(self._context.engine) as conn:
            facts = await self._keep(conn, tasks, found, told, now)
            await self._outbox.write(conn, facts)
            await store.allow(conn, self.name)
        if facts:
            self._outbox.wake()

    def _tell_once(self) -> None:
        if not self._told:
            self._told = True
            log.warning("tasks_cannot_be_read", channel=self.name)

    async def _failed(self, live: Live, outcome: Outcome, now: datetime) -> None:
        self._count("failed", 1)
        if not isinstance(outcome, Misconfigured | Refused):
            heed(live.breaker, outcome, now)
            return
        log.warning("tasks_not_read", channel=self.name, reason=outcome.reason)
        async with transaction(self._context.engine) as conn:
            until = now + BLOCKED
            await store.refuse(conn, self.name, live.config, outcome.reason, now, until)

    async def _with_people(
        self, channel: TaskReader, tasks: Sequence[Due], found: Mapping[str, TaskRead]
    ) -> list[_Told]:
        """What has changed, and the addresses of who did it. A task is left for the next reading if
        they cannot be asked for now.
        """
        told, now = list[_Told](), self._context.clock.now()
        for task in tasks:
            read = found.get(task.external_id)
            if read is None:
                continue
            named = list[tuple[Change, str | None]]()
            for change in changes(task.seen, read, now):
                by = await _address(channel, change)
                if not isinstance(by, str | None):
                    break
                named.append((change, by))
            else:
                told.append((task, read, named))
        return told

    async def _keep(
        self,
        conn: AsyncConnection,
        tasks: Sequence[Due],
        found: Mapping[str, TaskRead],
        told: Sequence[_Told],
        now: datetime,
    ) -> list[Outgoing]:
        ours = await store.unwritten(conn, self.name, tasks)
        gone = [one.key for one in tasks if one.key in ours and one.external_id not in found]
        fresh = [one for one in told if one[0].key in ours]
        await store.gone(conn, self.name, gone)
        await store.keep(conn, self.name, [(task, read.there) for task, read, _ in fresh])
        self._count("gone", len(gone))
        self._count("unchanged", sum(not named for *_, named in fresh))
        for *_, named in fresh:
            for change, _ in named:
                self._count(change.type.removeprefix("task."), 1)
        return [
            fact for task, read, named in fresh for fact in facts(self.name, task, read, named, now)
        ]

    def _count(self, outcome: str, times: int) -> None:
        metrics.task_readings.labels(self.name, outcome).inc(times)


async def _address(channel: TaskReader, change: Change) -> str | Outcome | None:
    if change.owner is not None:
        return await channel.email_of(change.owner, is_user=False)
    return None if change.user is None else await channel.email_of(change.user, is_user=True)


def facts(
    channel: str,
    task: Due,
    read: TaskRead,
    named: Sequence[tuple[Change, str | None]],
    now: datetime,
) -> list[Outgoing]:
    """Each modification is told once, whoever reads it; a second fact of it has its own id."""
    modified = f"{task.external_id}:{read.modified}"
    return [
        account_fact(
            f"/crm/{channel}",
            modified if n == 1 else f"{modified}:{n}",
            change.type,
            task.account,
            min(read.modified_at or now, now),
            change.data(task.key, by),
        )
        for n, (change, by) in enumerate(named, 1)
    ]
