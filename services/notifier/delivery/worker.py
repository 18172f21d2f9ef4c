"""The worker of one channel: claims due deliveries, sends them under a deadline, records outcomes.

Each channel has its own worker and its own slots, so a slow mail server does not delay CRM tasks.
Several processes may run the same worker: rows are taken with SKIP LOCKED, and the claim number
fences off late outcomes.
"""

import asyncio
import random
import time
from datetime import datetime, timedelta

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier import lifecycle
from services.notifier.addressing import disabled_reason
from services.notifier.channels.base import (
    Broken,
    Claimed,
    Delivered,
    Failed,
    Outcome,
    Refused,
    Throttled,
    Unanswered,
    Withdrawn,
)
from services.notifier.channels.kind import ChannelKind
from services.notifier.channels.live import Channels, Live
from services.notifier.channels.registry import KINDS
from services.notifier.delivery import claims, outcomes
from services.notifier.delivery.breaker import Breaker
from services.notifier.delivery.presence import Presence
from services.notifier.delivery.wakeups import POLL_SECONDS, Wakeups
from services.notifier.delivery.worker_loop import run_worker
from services.notifier.store import channels as channel_store
from services.notifier.store import queue
from shared.kafka.clients import Outgoing
from shared.loop.isolation import Failure
from shared.loop.parking import FaultLog
from shared.messages import MESSAGES, People
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.backoff import Backoff
from shared.runtime.context import Context
from shared.security.crypto import Unreadable
from shared.telemetry import metrics
from shared.telemetry.logs import log

_UNSEEN_SECONDS = 0.1
_DRAIN_SECONDS = 6.0


class Worker:
    """`run` ends when `stop` is set: attempts in flight get six seconds, the rest is released."""

    def __init__(
        self, context: Context, name: str, channels: Channels, wakeups: Wakeups, presence: Presence
    ) -> None:
        self.name = name
        self._presence = presence
        self._context = context
        self._channels = channels
        self._signal = wakeups.signal(name)
        self._outbox = context.outbox("notifier")
        self._log = FaultLog("notifier")
        self._sending: set[asyncio.Task[None]] = set()
        self._resting: str | None = None
        self._probes_at: datetime | None = None  # when a blocked channel is tried again
        metrics.dead.labels(name)  # exports 0 from the start: increase() misses a first value

    @property
    def kind(self) -> ChannelKind:
        return KINDS[self.name]

    def fault(self) -> str | None:
        """Why nothing can be sent at the moment."""
        return self._resting

    @property
    def rests(self) -> bool:
        """Whether due deliveries wait for the destination, so that there is nothing to do now."""
        probes = self._probes_at is not None and self._probes_at <= self._context.clock.now()
        return self._resting is not None and not self._sending and not probes

    async def run(self, stop: asyncio.Event) -> None:
        self._presence.working += 1
        try:
            await run_worker(self._turn, self._signal, stop)
        finally:
            await self._drain()
            self._presence.working -= 1

    async def _turn(self) -> float:
        """Claims and starts what may be sent now. Returns the seconds until more may be due."""
        if not self._presence.shown:
            return _UNSEEN_SECONDS
        now = self._context.clock.now()
        async with transaction(self._context.engine) as conn:
            live = await self._ready(conn, now)
            if live is None:
                return POLL_SECONDS
            room = self._room(live, now)
            if room == 0:
                return min(POLL_SECONDS, live.breaker.rest(now).total_seconds() or POLL_SECONDS)
            found = await claims.claim(
                conn,
                self.name,
                now,
                room,
                self.kind.lease,
                self._presence.owner,
                self._context.faults,
            )
            await self._outbox.write(conn, [outgoing(one) for one in found.passed_on])
            if live.blocked and found.wanted:
                await channel_store.probed(conn, self.name, now)
            due = await queue.next_due(conn, self.name)
        if found.passed_on:
            self._outbox.wake()
        for _, why in found.dropped:
            metrics.deliveries.labels(self.name, why.state).inc()
        self._log.tell(found.failures)
        for delivery in found.wanted:
            self._start(live, delivery)
        if found.failures:
            return 0.0  # the dropped rows took slots in this claim: there may be more
        return (
            POLL_SECONDS
            if due is None or due <= now
            else min(POLL_SECONDS, (due - now).total_seconds())
        )

    async def _ready(self, conn: AsyncConnection, now: datetime) -> Live | None:
        """Returns the channel, or None while nothing may be sent: waiting uses up no attempts."""
        try:
            live = await self._channels.live(conn, self.name)
        except Unreadable as error:
            self._stand(blocked=True)
            self._rest(str(error))
            return None
        if live is None:
            await self._end_due(conn, now)
            self._rest(None)
            return None
        blocked = await channel_store.blocked(conn, self.name, live.config)
        live.blocked = blocked is not None
        self._stand(blocked=live.blocked)
        self._rest(blocked.reason if blocked else None)
        self._probes_at = blocked.next_attempt_at if blocked else None
        if blocked is None:
            return live
        return (
            live
            if now >= blocked.next_attempt_at
            and await channel_store.take_probe(conn, self.name, now)
            else None
        )

    async def _end_due(self, conn: AsyncConnection, now: datetime) -> None:
        """Ends what is due for a channel that is off.

        A channel that its receiver disabled may come back, so its deliveries become dead and can be
        recovered.
        """
        row = await channel_store.read(conn, self.name)
        disabled = row is not None and row.disabled
        self._stand(disabled=disabled)
        if row is None or not disabled:
            await queue.cancel_due(conn, self.name, now, "the channel is off")
            return
        for state in await queue.give_up_due(
            conn, self.name, now, disabled_reason(self.name, row.off_reason or "")
        ):
            metrics.deliveries.labels(self.name, state).inc()
            if state == "dead":
                metrics.dead.labels(self.name).inc()

    def _room(self, live: Live, now: datetime) -> int:
        if (live.breaker.probing or live.blocked) and self._sending:
            return 0
        if live.blocked:
            return live.breaker.room(now, 1)
        room = live.breaker.room(now, self.kind.in_flight - len(self._sending))
        if live.breaker.rest(now) > timedelta():
            self._rest("sending is paused after repeated failures")
        return room

    def _stand(self, *, blocked: bool = False, disabled: bool = False) -> None:
        metrics.channel_blocked.labels(self.name).set(blocked)
        metrics.channel_disabled.labels(self.name).set(disabled)

    def _rest(self, reason: str | None) -> None:
        if reason is not None and reason != self._resting:
            log.warning("channel_paused", channel=self.name, reason=reason)
        self._resting = reason

    def _start(self, live: Live, delivery: Claimed) -> None:
        live.sending += 1
        task = asyncio.create_task(self._deliver(live, delivery))
        self._sending.add(task)
        task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._signal.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("delivery_failed", channel=self.name, exc_info=error)

    async def _deliver(self, live: Live, delivery: Claimed) -> None:
        # Each delivery is a task of its own, so this does not leak into others.
        structlog.contextvars.bind_contextvars(account=delivery.account)
        attempt = Attempt(self._context, delivery, self.kind)
        try:
            outcome = await attempt.make(live)
            if outcome is not None:
                await self._record(live, attempt, outcome)
        except asyncio.CancelledError:
            await attempt.give_back()
            raise
        finally:
            live.sending -= 1
            if live.retired:
                await live.retire()

    async def _record(self, live: Live, attempt: "Attempt", outcome: Outcome) -> None:
        """Records the outcome, retrying while PostgreSQL is unavailable until the lease ends.

        What was sent must not be sent again.
        """
        now = self._context.clock.now()
        heed(live.breaker, outcome, now)
        metrics.delivery_seconds.labels(self.name).observe(attempt.seconds)
        if isinstance(outcome, Withdrawn):
            return
        if isinstance(outcome, Broken):
            place = attempt.delivery.account, queue.PARKED_LANE
            self._log.tell({place: Failure(outcome.part, outcome.error)})
        change = lifecycle.settle(
            attempt.delivery, outcome, begun=attempt.begun, now=now, jitter=random.random()
        )
        backoff = Backoff()
        while attempt.leased:
            try:
                async with transaction(self._context.engine) as conn:
                    held = await outcomes.record(
                        conn,
                        self._outbox,
                        self._channels,
                        live,
                        attempt.delivery,
                        outcome,
                        change,
                        now,
                    )
                if isinstance(outcome, Refused) and outcome.bounce:
                    self._outbox.wake()
                self._count(attempt, change if held else None)
                return
            except DatabaseUnavailable:
                await backoff.wait(_NEVER)

    def _count(self, attempt: "Attempt", change: lifecycle.Change | None) -> None:
        delivery = attempt.delivery
        outcome = "late" if change is None else change.state
        metrics.deliveries.labels(self.name, outcome).inc()
        if attempt.begun and delivery.in_doubt:
            metrics.deliveries.labels(self.name, "repeated").inc()
        if outcome == "dead":
            metrics.dead.labels(self.name).inc()
        reason = None if change is None else change.last_error
        log.info(
            "delivery",
            channel=self.name,
            delivery=delivery.id,
            outcome=outcome,
            attempt=delivery.attempts,
            reason=reason,
        )

    async def _drain(self) -> None:
        if self._sending:
            await asyncio.wait(self._sending, timeout=_DRAIN_SECONDS)
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)


class Attempt:
    """One attempt at a delivery: whether it was handed over, and how much of its lease is left."""

    def __init__(self, context: Context, delivery: Claimed, kind: ChannelKind) -> None:
        self.delivery = delivery
        self._kind = kind
        self.begun = False
        self._context = context
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    @property
    def leased(self) -> bool:
        return self.seconds < self._kind.lease.total_seconds()

    async def make(self, live: Live) -> Outcome | None:
        """Returns None if PostgreSQL failed before the handover: the lease will run out."""
        try:
            async with asyncio.timeout(self._kind.timeout):
                await live.bucket.acquire()
                self._context.faults.check(self.delivery.account, "render")
                return await live.channel.send(self.delivery, self._begin)
        except TimeoutError:
            reason = f"no answer within {self._kind.timeout:.0f} s"
            return Unanswered(reason, again=self._kind.repeats) if self.begun else Failed(reason)
        except DatabaseUnavailable as error:
            log.warning(
                "delivery_postponed",
                channel=self._kind.name,
                delivery=self.delivery.id,
                error=error.kind,
            )
            return None
        except Exception as error:
            # A bug, such as a text that cannot be composed: it must neither block the other
            # deliveries nor lose this one.
            failure = Failure("deliver" if self.begun else "render", error)
            if self.begun:
                log.error(
                    "delivery_broken",
                    channel=self._kind.name,
                    delivery=self.delivery.id,
                    account=self.delivery.account,
                    exc_info=error,
                )
                return Unanswered(failure.reason, again=self._kind.repeats)
            return Broken(failure.reason, failure.part, error)

    async def _begin(self) -> bool:
        async with transaction(self._context.engine) as conn:
            held = await queue.begin(conn, self.delivery)
        self.begun = self.begun or held
        return held

    async def give_back(self) -> None:
        """Releases the delivery because the process ends. If this fails too, the lease runs out."""
        try:
            async with asyncio.timeout(1.0), transaction(self._context.engine) as conn:
                await queue.release(
                    conn, self.delivery, self._context.clock.now(), begun=self.begun
                )
        except Exception as error:
            log.warning(
                "delivery_not_given_back", delivery=self.delivery.id, error=type(error).__name__
            )


def outgoing(message: People) -> Outgoing:
    """Sent to this service itself, to keep the order of the account's messages."""
    return Outgoing(MESSAGES, message.account.encode(), msgspec.json.encode(message))


def heed(breaker: Breaker, outcome: Outcome, now: datetime) -> None:
    """Tells the breaker what an outcome says about the destination as a whole."""
    match outcome:
        case Delivered() | Refused() | Failed(destination=False):
            breaker.succeeded()
        case Failed() | Unanswered():
            breaker.failed(now)
        case Throttled(wait=wait):
            breaker.pause(now + wait)


_NEVER = asyncio.Event()
