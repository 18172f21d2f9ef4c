"""The faults, each a function that begins one and returns once it is over."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from tests.proof.world import World

Cost = Literal["low", "usual", "high"]
"""Of trying it once, in time: a moment, some seconds until all is back, or more."""

Inject = Callable[[World, random.Random], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """Raises AssertionError if what must hold during the fault does not.

    `repeats`: whether the answer to a mail may be lost by it, so that it is sent once more.
    `quiet`: done without usage under way, because it would take away what nobody has read yet.
    `small_disk`: left out where no small file system can be mounted.
    """

    name: str
    inject: Inject
    cost: Cost = "high"
    repeats: bool = False
    quiet: bool = False
    small_disk: bool = False
