"""Where the tasks of messages belong. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Of these there is one open at a time. `opportunity`: whose lines the task bears. `known`: a
    version before may have opened it, without a log. `until`: when the calendar leaves it behind.
    """

    reason: str
    about: str = ""
    opportunity: str | None = None
    known: bool = False
    until: datetime | None = None
