"""What timers are for: each purpose says what the scheduler runs when one is due."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.outcome import Outcome
from services.trigger.tables.due import Due


@dataclass(frozen=True, slots=True)
class Purpose:
    """What the scheduler does when a timer of this name is due (`name`, or `name:key`).

    `run` gets many at once, under their accounts' locks; with `changes_plans` also under the lock
    of plans, which is taken first (docs/architecture.md, "Locks").
    """

    name: str
    run: Callable[[AsyncConnection, Sequence[Due], datetime], Awaitable[Outcome]]
    changes_plans: bool = False
