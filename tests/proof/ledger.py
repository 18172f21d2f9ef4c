"""What was sent, and what must come of it: counted a second time, without any code of the services.

Pure.
"""

import json
import random
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

LIMITS: Mapping[str, int] = {"api_calls": 200, "seats": 10}
"""Of every account that is subscribed."""
THRESHOLDS = (80, 90, 95, 100)
COUNTS = ("api_calls", "seat_changes")
"""The meters that count events, each event in one of them."""

Totals = Mapping[tuple[str, str], int]
"""By account and meter."""


@dataclass(frozen=True, slots=True)
class Event:
    """`amounts`: what it adds to each meter. `body`: the CloudEvent as it is sent."""

    account: str
    id: str
    amounts: Mapping[str, int]
    body: bytes


@dataclass
class Ledger:
    """`sent` counts every attempt, so also the copies that a sender does not know of."""

    sent: int = 0
    _events: dict[tuple[str, str], Event] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        self.sent += 1
        self._events[event.account, event.id] = event

    @property
    def distinct(self) -> int:
        return len(self._events)

    @property
    def accounts(self) -> set[str]:
        return {account for account, _ in self._events}

    def any(self, dice: random.Random, most: int) -> list[Event]:
        """Up to `most` of those sent so far."""
        found = list(self._events.values())
        return dice.sample(found, min(most, len(found)))

    def totals(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = defaultdict(int)
        for event in self._events.values():
            for meter, amount in event.amounts.items():
                found[event.account, meter] += amount
        return dict(found)

    def due(self, subscribed: Collection[str]) -> dict[tuple[str, str], tuple[int, ...]]:
        """The thresholds that each account and meter has reached, if any."""
        found = {}
        for (account, meter), used in self.totals().items():
            if account in subscribed and meter in LIMITS:
                limit = LIMITS[meter]
                found[account, meter] = tuple(
                    one for one in THRESHOLDS if used * 100 >= limit * one
                )
        return {place: reached for place, reached in found.items() if reached}


def call(account: str, dice: random.Random, now: datetime) -> Event:
    """One API call. Its bytes are of any size, so that losses and doubles do not cancel out."""
    size = dice.randrange(1, 10**9)
    amounts = {"api_calls": 1, "traffic": size}
    return _event(account, "api.request", amounts, {"bytes": size}, dice, now)


def seats(account: str, number: int, dice: random.Random, now: datetime) -> Event:
    amounts = {"seat_changes": 1, "seats": number}
    return _event(account, "seat.changed", amounts, {"delta": number}, dice, now)


def _event(
    account: str,
    type: str,
    amounts: Mapping[str, int],
    data: Mapping[str, int],
    dice: random.Random,
    now: datetime,
) -> Event:
    id = f"{dice.getrandbits(96):024x}"
    body = {
        "specversion": "1.0",
        "id": id,
        "source": "/proof",
        "type": type,
        "subject": account,
        "time": now.isoformat(),
        "data": data,
    }
    return Event(account, id, amounts, json.dumps(body).encode())
