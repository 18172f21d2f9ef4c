"""What people look at and has changed: noted while a transaction runs, told with its commit to
every process that shows it, as words such as `task 812` (`Wake.words`).
"""

from collections.abc import Iterable
from typing import Literal
from weakref import WeakKeyDictionary

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

CHANNEL = "changed"
EVERYTHING = "*"
"""In place of an id: so many changed that they are not named. As a word of its own: whatever is
shown may have changed.
"""
MOST = 100
"""The most things of a kind that a transaction names."""

Kind = Literal[
    "task", "opportunity", "handoff", "alert", "delivery", "rejected", "catalogue", "operations"
]


class Changes:
    """Those of one transaction."""

    def __init__(self) -> None:
        self._ids: dict[Kind, set[str]] = {}

    def add(self, kind: Kind, ids: Iterable[str]) -> None:
        found = self._ids.setdefault(kind, set())
        for id in ids:
            if len(found) > MOST:
                return
            found.add(id)

    def words(self) -> list[str]:
        """Each once; one for all of a kind if there are more than `MOST`."""
        return sorted(
            f"{kind} {id}"
            for kind, ids in self._ids.items()
            for id in ([EVERYTHING] if len(ids) > MOST else ids)
        )


_noted: WeakKeyDictionary[AsyncConnection, Changes] = WeakKeyDictionary()


def note(conn: AsyncConnection, kind: Kind, ids: Iterable[str]) -> None:
    """Told when this transaction commits. What a savepoint takes back may be told, too: it only
    makes somebody look.
    """
    if conn not in _noted:
        _noted[conn] = Changes()
    _noted[conn].add(kind, ids)


def take(conn: AsyncConnection) -> list[str]:
    """What was noted so far: whoever takes these words tells them."""
    found = _noted.pop(conn, None)
    return found.words() if found else []


async def tell(conn: AsyncConnection) -> None:
    """Right before the commit: `transaction` does it, and the loop's turns."""
    if words := take(conn):
        await conn.execute(_TELL, {"channel": CHANNEL, "words": words})


_TELL = text("select pg_notify(:channel, w) from unnest(cast(:words as text[])) as w")
