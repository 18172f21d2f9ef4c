"""Runs a plan: round after round on each installation, judged, and written down."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.proof import progress
from tests.proof.faults import Fault
from tests.proof.plan import Part, Profile
from tests.proof.progress import Progress
from tests.proof.round import Round
from tests.proof.sender import HttpSender, KafkaSender
from tests.proof.verdict import Row
from tests.proof.world import World, senders, world
from tests.support.servers import passable_directory

Say = Callable[[str], None]


@dataclass
class _Run:
    """`left`: what is still to be done; every world takes its next round from it."""

    faults: Mapping[str, Fault]
    done: Progress
    parts: int
    left: Iterator[Part]
    until: float
    file: Path
    say: Say
    rounds: list[tuple[Part, Round]] = field(default_factory=list)
    before: float = 0.0
    begun: float = field(default_factory=time.monotonic)

    def next(self, *, small_disk: bool) -> Part | None:
        """The next round that this world can do; None if there is none or the time is up."""
        if self.before + time.monotonic() - self.begun > self.until:
            return None
        for part in self.left:
            if small_disk or not self.faults[part.fault].small_disk:
                return part
            self.say(f"{part.fault}: left out, no small file system can be mounted here")
        return None

    def keep(self, part: Part, row: Row) -> None:
        self.done.rounds[part.number] = row
        self.done.seconds = self.before + time.monotonic() - self.begun
        progress.save(self.file, self.done)
        self.say(_told(row, len(self.done.rounds), self.parts))


async def run(
    parts: Sequence[Part],
    faults: Mapping[str, Fault],
    profile: Profile,
    done: Progress,
    file: Path,
    say: Say,
    *,
    worlds: int = 1,
) -> bool:
    """Whether all of them have been run. `worlds`: so many installations at once, which share
    nothing but the machine. Ends at the profile's time, between two rounds; starting the servers
    does not count.
    """
    left = [part for part in parts if part.number not in done.rounds]
    if not left:
        return True
    started = time.monotonic()
    async with AsyncExitStack() as stack:
        here = [await _installed(stack) for _ in range(worlds)]
        say(f"servers and processes run after {time.monotonic() - started:.0f} s")
        until = profile.minutes * 60
        one = _Run(faults, done, len(parts), iter(left), until, file, say, before=done.seconds)
        async with asyncio.TaskGroup() as group:
            for each in here:
                group.create_task(_rounds(each, one))
        await _look_again(one.rounds, done)
        progress.save(file, done)
    return len(done.rounds) == len(parts)


async def _installed(stack: AsyncExitStack) -> tuple[World, KafkaSender, HttpSender]:
    folder = stack.enter_context(passable_directory("plimsoll-proof-"))
    here = await stack.enter_async_context(world(folder))
    kafka, http = senders(here)
    stack.push_async_callback(kafka.replace)
    stack.push_async_callback(http.close)
    return here, kafka, http


async def _rounds(installed: tuple[World, KafkaSender, HttpSender], one: _Run) -> None:
    here, kafka, http = installed
    while part := one.next(small_disk=here.disk is not None):
        dice, name = random.Random(f"{one.done.seed}/{part.number}"), f"p{part.number}"
        round = Round(here, one.faults[part.fault], name, part.times, dice, kafka, http)
        one.rounds.append((part, round))
        one.keep(part, await round.run())


async def _look_again(rounds: Sequence[tuple[Part, Round]], done: Progress) -> None:
    """At the end: nothing of an earlier round has changed since."""
    for part, round in rounds:
        row = await round.verdict()
        before = done.rounds[part.number]
        if row != before:
            later = [f"later: {what}" for what in row.wrong if what not in before.wrong]
            row.wrong = [*before.wrong, *later]
            done.rounds[part.number] = row


def _told(row: Row, number: int, of: int) -> str:
    slowest = max(row.seconds, default=0.0)
    verdict = "ok" if not row.wrong else f"WRONG {row.wrong}"
    return (
        f"{number}/{of} {row.fault} × {row.times}: {row.distinct} events, "
        f"back after {slowest:.1f} s at most: {verdict}"
    )
