"""Runs a plan: round after round on one installation, judged, and written down."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from tests.proof import progress
from tests.proof.faults import Fault
from tests.proof.plan import Part, Profile
from tests.proof.progress import Progress
from tests.proof.round import Round
from tests.proof.verdict import Row
from tests.proof.world import senders, world
from tests.support.servers import passable_directory

Say = Callable[[str], None]


async def run(
    parts: Sequence[Part],
    faults: Mapping[str, Fault],
    profile: Profile,
    done: Progress,
    file: Path,
    say: Say,
) -> bool:
    """Whether all of them have been run. Ends at the profile's time, between two rounds; starting
    the servers does not count.
    """
    left = [part for part in parts if part.number not in done.rounds]
    if not left:
        return True
    before, started = done.seconds, time.monotonic()
    with passable_directory("plimsoll-proof-") as folder:
        async with AsyncExitStack() as stack:
            here = await stack.enter_async_context(world(folder))
            say(f"servers and processes run after {time.monotonic() - started:.0f} s")
            begun = time.monotonic()
            kafka, http = senders(here)
            stack.push_async_callback(kafka.replace)
            stack.push_async_callback(http.close)
            rounds: list[tuple[Part, Round]] = []
            for part in left:
                if faults[part.fault].small_disk and here.disk is None:
                    say(f"{part.fault}: left out, no small file system can be mounted here")
                    continue
                if before + time.monotonic() - begun > profile.minutes * 60:
                    break
                dice, name = random.Random(f"{done.seed}/{part.number}"), f"p{part.number}"
                round = Round(here, faults[part.fault], name, part.times, dice, kafka, http)
                rounds.append((part, round))
                done.rounds[part.number] = row = await round.run()
                done.seconds = before + time.monotonic() - begun
                progress.save(file, done)
                say(_told(row, len(done.rounds), len(parts)))
            await _look_again(rounds, done)
            progress.save(file, done)
    return len(done.rounds) == len(parts)


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
