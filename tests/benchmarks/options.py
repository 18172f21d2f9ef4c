"""What `make bench` is asked for: parts, and how much of them."""

import argparse
from collections.abc import Collection, Sequence
from dataclasses import dataclass

LAST_COMMIT = "HEAD~1"
NOTHING = "nothing"
EVENTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """`parts`: none means all. `accounts`: measure those numbers of accounts only, where a part has
    several. `against`: a commit or a checkout whose code runs beside today's; None: none. `rounds`:
    pairs of runs; with a million accounts a third of them. `events`: how many are measured in a run
    of `peers`.
    """

    parts: Collection[str] = ()
    strict: bool = False
    accounts: Sequence[int] = ()
    against: str | None = LAST_COMMIT
    rounds: int = 3
    events: int = EVENTS

    def has(self, accounts: int) -> bool:
        return not self.accounts or accounts in self.accounts

    def rounds_of(self, accounts: int) -> int:
        return -(-self.rounds // 3) if accounts >= 1_000_000 else self.rounds


def read(given: Sequence[str]) -> Options:
    """Exits with the usage if it is not understood."""
    parser = argparse.ArgumentParser("make bench", description="Speed and memory, as a table.")
    parser.add_argument("parts", nargs="*", help="the parts to run; none: all")
    parser.add_argument("--strict", action="store_true", help="fail if a budget is missed")
    parser.add_argument("--accounts", type=_numbers, default=(), metavar="N[,N]")
    parser.add_argument(
        "--against",
        default=LAST_COMMIT,
        metavar="COMMIT",
        help=f"whose code runs beside today's: a commit, a checkout, or `{NOTHING}`",
    )
    parser.add_argument("--rounds", type=int, default=3, help="pairs of runs")
    parser.add_argument("--events", type=_number, default=EVENTS, help="in a run of peers")
    found = parser.parse_intermixed_args(given)
    against = None if found.against == NOTHING else found.against
    rounds, events = max(1, found.rounds), max(1, found.events)
    return Options(found.parts, found.strict, found.accounts, against, rounds, events)


def _numbers(given: str) -> Sequence[int]:
    return tuple(_number(one) for one in given.split(","))


def _number(given: str) -> int:
    return int(given.replace("_", ""))
