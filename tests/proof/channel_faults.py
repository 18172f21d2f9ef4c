"""Receivers that hang, drip, refuse, or whose answer is lost."""

import asyncio
import random

from tests.proof.faults import Fault, Inject
from tests.proof.world import World
from tests.support.proxy import Cut

_WORDS = {"email": "mail server", "hubspot": "CRM", "webhook": "webhook"}
_REQUESTS = {"email": b"\r\n.\r\n", "hubspot": b"POST ", "webhook": b"POST "}
"""What ends a mail, or begins a request that changes something."""


def _hang(channel: str) -> Inject:
    async def inject(here: World, dice: random.Random) -> None:
        proxy = here.lines.channels[channel]
        proxy.hold()
        await asyncio.sleep(dice.uniform(1, 6))
        proxy.heal()

    return inject


def _drip(channel: str) -> Inject:
    async def inject(here: World, dice: random.Random) -> None:
        """A byte now and then, so that no single read takes too long."""
        proxy = here.lines.channels[channel]
        proxy.drip = 0.3
        await asyncio.sleep(dice.uniform(1, 6))
        proxy.heal()

    return inject


def _refuse(channel: str) -> Inject:
    async def inject(here: World, dice: random.Random) -> None:
        proxy = here.lines.channels[channel]
        proxy.cut()
        await asyncio.sleep(dice.uniform(1, 4))
        proxy.heal()

    return inject


def _lose(channel: str) -> Inject:
    async def inject(here: World, dice: random.Random) -> None:
        """The next one or two; those that come too late to be lost are not waited for."""
        proxy = here.lines.channels[channel]
        wanted = _REQUESTS[channel]
        proxy.cuts += [Cut("after", lambda data: wanted in data)] * dice.choice((1, 2))
        await asyncio.sleep(dice.uniform(2, 4))
        proxy.cuts.clear()

    return inject


FAULTS = [
    Fault(f"{words}: {what}", make(channel), repeats=channel == "email")
    for channel, words in _WORDS.items()
    for what, make in (
        ("hangs", _hang),
        ("drips", _drip),
        ("refuses", _refuse),
        ("loses its answer", _lose),
    )
]
