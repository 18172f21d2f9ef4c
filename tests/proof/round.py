"""One fault, some times in a row, under load; then everything is judged."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.proof.faults import Fault
from tests.proof.ledger import Ledger, seats
from tests.proof.observation import CONTACTS, is_told, next_attempt, observe
from tests.proof.sender import HttpSender, KafkaSender, Load
from tests.proof.verdict import Row, judge
from tests.proof.world import World

_LOADED = 4
"""Accounts whose usage grows during the whole round."""
_VICTIMS = 4
"""Accounts that reach a limit during one fault, at most."""
_TOLD_SECONDS = 120.0
_STILL_SECONDS = 90.0
_LATE_SECONDS = 120.0
_QUIET_SECONDS = 1.0
_LONGEST_STEP = timedelta(minutes=10)


@dataclass
class Round:
    """`name`: unique among all rounds of an installation."""

    here: World
    fault: Fault
    name: str
    times: int
    dice: random.Random
    kafka: KafkaSender
    http: HttpSender
    ledger: Ledger = field(default_factory=Ledger)
    seconds: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    async def run(self) -> Row:
        await self.here.open_accounts(self._subscribed)
        if self.fault.quiet:
            for number in range(self.times):
                await self._once_quietly(number)
        else:
            async with self._load():
                for number in range(self.times):
                    await self._once(number)
        await self._settled()
        return await self.verdict()

    @property
    def _subscribed(self) -> list[str]:
        parts = ["p", *(f"v{victim}" for victim in range(_VICTIMS))]
        others = [self._name(number, part) for number in range(self.times) for part in parts]
        return [*self._loaded, *others]

    @property
    def _loaded(self) -> list[str]:
        return [f"{self.name}-{number}" for number in range(_LOADED)]

    def _name(self, number: int, part: str) -> str:
        return f"{self.name}-{number}-{part}"

    @asynccontextmanager
    async def _load(self) -> AsyncIterator[None]:
        """A fifth of it is of an account without a subscription."""
        accounts = [*self._loaded, *[f"{self.name}-nobody"] * (_LOADED // 4)]
        load, stop = Load(self.kafka, self.http, self.ledger, accounts, self.dice), asyncio.Event()
        running = asyncio.create_task(load.run(stop))
        try:
            yield
        finally:
            stop.set()
            try:
                await running
            except AssertionError as error:
                self.broken.append(str(error))

    async def _once(self, number: int) -> None:
        """Other accounts reach a limit about when the fault begins, and while it lasts."""
        await asyncio.sleep(self.dice.uniform(0.05, 0.4))
        over = asyncio.Event()
        victims = asyncio.create_task(self._reach_meanwhile(number, over))
        await asyncio.sleep(self.dice.uniform(0, 0.1))
        await self._inject()
        over.set()
        await self._recover(number)
        await victims

    async def _reach_meanwhile(self, number: int, over: asyncio.Event) -> None:
        for victim in range(_VICTIMS):
            await asyncio.sleep(self.dice.uniform(0, 0.3) + 2 * victim)
            if over.is_set():
                return
            await self._reach(self._name(number, f"v{victim}"))

    async def _once_quietly(self, number: int) -> None:
        """After all that was sent has been dealt with."""
        async with self._load():
            await self._reach(self._name(number, "v0"))
        await self._settled()
        await self._inject()
        async with self._load():
            await self._recover(number)

    async def _inject(self) -> None:
        try:
            await self.fault.inject(self.here, self.dice)
        except AssertionError as error:
            self.broken.append(str(error))

    async def _recover(self, number: int) -> None:
        """Another account reaches a limit right after the fault: how long until that is told is
        the time to recover.
        """
        begun = time.monotonic()
        probe = self._name(number, "p")
        await self._reach(probe)
        await self._until_told(probe)
        self.seconds.append(time.monotonic() - begun)

    async def _reach(self, account: str) -> None:
        event = seats(account, self.dice.choice((8, 9, 10, 12)), self.dice, datetime.now(UTC))
        await self.kafka.send([(account.encode(), event)], self.ledger)

    async def _until_told(self, account: str) -> None:
        """Returns also if it is not told in time: the verdict says so."""
        end = time.monotonic() + _TOLD_SECONDS
        while not await is_told(self.here, account):
            if time.monotonic() > end:
                return
            self._watch()
            await asyncio.sleep(0.04)

    def _watch(self) -> None:
        """No fault may end a process that it does not kill: whoever runs it may not start it again.
        Here it is, so that what comes afterwards can be judged, too.
        """
        for process in self.here.processes.values():
            if not process.running:
                last = process.log().rstrip().rpartition("\n")[2]
                self.broken.append(f"{process.name} ended by itself: {last}")
                process.start()

    async def _settled(self) -> None:
        """Waits until nothing is wrong for a while, or nothing has changed for long: what is late
        is not lost. What is repeated later is found by the last look at all rounds.
        """
        last, changed, right = await self._compared(), time.monotonic(), 0.0
        begun = changed
        while time.monotonic() - changed < _STILL_SECONDS:
            if last.wrong:
                right = 0.0
                await self._hasten()
            elif right and time.monotonic() - right > _QUIET_SECONDS:
                break
            else:
                right = right or time.monotonic()
            self._watch()
            await asyncio.sleep(0.3)
            if (row := await self._compared()) != last:
                last, changed = row, time.monotonic()
        if (late := time.monotonic() - begun) > _LATE_SECONDS:
            self.broken.append(f"all was done only after {late:.0f} s")

    async def verdict(self) -> Row:
        """As it stands now, with what did not hold during the fault."""
        row = await self._compared()
        row.wrong += self.broken
        return row

    async def _compared(self) -> Row:
        accounts = self.ledger.accounts | set(self._subscribed)
        found = await observe(self.here, accounts)
        row = judge(
            self.fault.name,
            self.ledger,
            found,
            self._subscribed,
            CONTACTS,
            may_repeat=self.fault.repeats,
        )
        row.times, row.seconds = self.times, list(self.seconds)
        return row

    async def _hasten(self) -> None:
        """Moves the clock to the next attempt at what a receiver has refused: pauses grow to
        minutes.
        """
        accounts: Sequence[str] = self._subscribed
        last = await next_attempt(self.here, accounts)
        if last is None:
            return
        now = datetime.now(UTC) + self.here.offset
        wait = datetime.fromtimestamp(last, UTC) - now
        if wait > timedelta(seconds=3):
            await self.here.pass_time(min(wait, _LONGEST_STEP))
