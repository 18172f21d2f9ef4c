"""Persons of the demo, as whom anybody may log in. Nowhere else are there any."""

from dataclasses import dataclass

from shared.runtime.context import Context


@dataclass(frozen=True, slots=True)
class Someone:
    id: str
    name: str
    roles: tuple[str, ...]


class MadeUp:
    """One per process; the demo says who they are."""

    def __init__(self, _context: Context) -> None:
        self.people: tuple[Someone, ...] = ()
