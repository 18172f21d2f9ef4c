"""Which fault is tried how often, in which order: rounds of a few, mixed by the seed. Pure."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Profile:
    """`minutes`: no round is begun after them. `scale`: times the shares of `SHARES`. `in_a_round`:
    of one fault at most.
    """

    name: str
    minutes: float
    scale: int
    in_a_round: int


SHORT = Profile("short", 10, 1, 6)
FULL = Profile("full", 120, 20, 12)
PROFILES: Mapping[str, Profile] = {one.name: one for one in (SHORT, FULL)}


class Part(NamedTuple):
    """A round that is to be run. `number`: its place, from 0, which together with the seed decides
    everything random in it.
    """

    number: int
    fault: str
    times: int


def plan(shares: Mapping[str, int], profile: Profile, seed: int) -> Sequence[Part]:
    """`shares`: how often each fault comes in the short profile."""
    parts = [
        (fault, size)
        for fault, share in shares.items()
        for size in _split(share * profile.scale, profile.in_a_round)
    ]
    random.Random(seed).shuffle(parts)
    return [Part(number, fault, times) for number, (fault, times) in enumerate(parts)]


def _split(times: int, most: int) -> list[int]:
    """As few rounds as possible, all of about the same length."""
    rounds = -(-times // most)
    return [times // rounds + (number < times % rounds) for number in range(rounds)]
