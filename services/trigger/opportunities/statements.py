"""The facts of an account that an entry of a person also is."""

from collections.abc import Iterable, Sequence

from services.trigger.process.log.entries import Entry
from services.trigger.process.log.types import TYPES
from shared.events import Event
from shared.values.faults import Fault

SOURCE = "/plimsoll/opportunities/"


def of(entry: Entry, account: str, opportunity: str) -> list[Event]:
    """Told again, they are the same facts."""
    states = TYPES[entry.type].states
    return [
        Event(
            id=entry.id if n == 1 else f"{entry.id}:{n}",
            source=f"{SOURCE}{opportunity}",
            type=type_,
            subject=account,
            time=entry.at,
            data=data,
        )
        for n, (type_, data) in enumerate(states(entry) if states else (), 1)
    ]


def own_faults(entry: Entry, found: Sequence[Iterable[Fault]]) -> list[Fault]:
    """What is wrong with each of its facts, where the entry says it. Each place once."""
    faults = {_place(entry, n, fault.path): fault for n, one in enumerate(found) for fault in one}
    return [Fault(path, fault.reason) for path, fault in faults.items()]


def _place(entry: Entry, n: int, path: str) -> str:
    if not path.startswith("/data"):
        return ""
    field = path.removeprefix("/data")
    is_need = entry.type == "answer" and field in ("/feature", "/meter")
    return f"/needs/{n}{field}" if is_need else field
