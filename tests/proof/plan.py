"""Which fault is tried how often, in which order: rounds of a few, mixed by the seed. Pure."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.proof.faults import Cost


@dataclass(frozen=True, slots=True)
class Profile:
    """`minutes`: no round is begun after them. `times`: how often each fault is tried, by its cost.
    `in_a_round`: at most.
    """

    name: str
    minutes: float
    times: Mapping[Cost, int]
    in_a_round: int


SHORT = Profile("short", 10, {"low": 9, "usual": 3, "high": 1}, 9)
FULL = Profile("full", 120, {"low": 200, "usual": 35, "high": 20}, 20)
PROFILES: Mapping[str, Profile] = {one.name: one for one in (SHORT, FULL)}


class Part(NamedTuple):
    """A round that is to be run. `number`: its place, from 0, which together with the seed decides
    everything random in it.
    """

    number: int
    fault: str
    times: int


def plan(faults: Mapping[str, Cost], profile: Profile, seed: int) -> Sequence[Part]:
    """`faults`: what trying each once costs."""
    parts = [
        (fault, size)
        for fault, cost in faults.items()
        for size in _split(profile.times[cost], profile.in_a_round)
    ]
    random.Random(seed).shuffle(parts)
    return [Part(number, fault, times) for number, (fault, times) in enumerate(parts)]


def _split(times: int, most: int) -> list[int]:
    """As few rounds as possible, all of about the same length."""
    rounds = -(-times // most)
    return [times // rounds + (number < times % rounds) for number in range(rounds)]
