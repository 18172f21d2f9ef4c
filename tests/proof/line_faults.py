"""Connections that are cut at a certain moment, or on which nothing arrives any more."""

import asyncio
import random
import struct

from tests.proof.faults import Fault, Inject
from tests.proof.world import SERVICES, World
from tests.support.loops import until
from tests.support.proxy import Cut, FaultyProxy, Point, is_commit

_CUT_SECONDS = 60.0
_PRODUCE = 0
_HEAD = struct.Struct(">ihhi")
"""Size, key, version and correlation id: how every request to Kafka begins."""


def _is_produce(data: bytes) -> bool:
    return len(data) >= _HEAD.size and _HEAD.unpack_from(data)[1] == _PRODUCE


def _answers_it(request: bytes, reply: bytes) -> bool:
    """Whether one of the replies has the correlation id of the request: each begins with its size
    and that.
    """
    while len(reply) >= 8:
        if reply[4:8] == request[8:12]:
            return True
        reply = reply[4 + int.from_bytes(reply[:4], "big") :]
    return False


async def _cut(proxy: FaultyProxy, cut: Cut) -> None:
    """At the next such request; AssertionError if there is none for a long time."""
    made = proxy.made
    proxy.cuts.append(cut)
    try:
        await until(lambda: proxy.made > made, _CUT_SECONDS, pause=0.01)
    finally:
        proxy.cuts.clear()


def _commit(point: Point) -> Inject:
    async def inject(here: World, dice: random.Random) -> None:
        await _cut(here.lines.postgres[dice.choice(SERVICES)], Cut(point, is_commit))

    return inject


def _produce(point: Point) -> Inject:
    async def inject(here: World, dice: random.Random) -> None:
        await _cut(here.lines.kafka, Cut(point, _is_produce, _answers_it))

    return inject


def _reset(part: str) -> Inject:
    async def inject(here: World, dice: random.Random) -> None:
        """All at once, and nobody gets in for a moment."""
        for proxy in _of(here, part):
            proxy.cut()
        await asyncio.sleep(dice.uniform(0, 2))
        for proxy in _of(here, part):
            proxy.heal()

    return inject


def _black_hole(part: str) -> Inject:
    async def inject(here: World, dice: random.Random) -> None:
        """Connections stay open and nothing passes. Afterwards what was held back arrives late, or
        never.
        """
        for proxy in _of(here, part):
            proxy.hold()
        await asyncio.sleep(dice.uniform(1, 14))
        late = dice.random() < 0.5
        for proxy in _of(here, part):
            if not late:
                proxy.reset()
            proxy.heal()

    return inject


def _of(here: World, part: str) -> list[FaultyProxy]:
    return [here.lines.kafka] if part == "Kafka" else list(here.lines.postgres.values())


FAULTS = [
    Fault("cut before a COMMIT", _commit("before"), "low", repeats=True),
    Fault("cut within a COMMIT", _commit("within"), "low", repeats=True),
    Fault("cut while a COMMIT is answered", _commit("during"), "low", repeats=True),
    Fault("cut after a COMMIT, its answer lost", _commit("after"), "low", repeats=True),
    Fault("cut before a produce", _produce("before"), "low"),
    Fault("cut within a produce", _produce("within"), "low"),
    Fault("cut while a produce is answered", _produce("during"), "low"),
    Fault("cut after a produce, its answer lost", _produce("after"), "low"),
    Fault("all connections to PostgreSQL cut", _reset("PostgreSQL"), "low", repeats=True),
    Fault("all connections to Kafka cut", _reset("Kafka"), "low"),
    Fault("PostgreSQL a black hole", _black_hole("PostgreSQL"), repeats=True),
    Fault("Kafka a black hole", _black_hole("Kafka")),
]
