"""Groups a batch of messages into waves that can be written together. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from services.notifier.messages import Closing, Notice, Received
from shared.messages import People, Tell


@dataclass(slots=True)
class Wave:
    """Messages that may be written together: first all `tells`, then all `closings`."""

    tells: list[Notice] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)


def waves(messages: Iterable[Received]) -> Sequence[Wave]:
    """Keeps the order within each account and meter: a tell after a closing starts a new wave."""
    found: list[Wave] = []
    last: dict[tuple[str, str | None], int] = {}
    closed: set[tuple[str, str | None]] = set()
    for message in messages:
        if isinstance(message, People):
            continue
        place = (message.account, message.meter)
        number = last.get(place, 0)
        if isinstance(message, Tell) and place in closed:
            number += 1
            closed.discard(place)
        last[place] = number
        while len(found) <= number:
            found.append(Wave())
        if isinstance(message, Tell):
            found[number].tells.append(message)
        else:
            found[number].closings.append(message)
            closed.add(place)
    return found
