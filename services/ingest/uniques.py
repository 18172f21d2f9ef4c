"""Members of `unique` meters: which of a batch's are new in their period."""

from collections.abc import Iterable
from hashlib import blake2b

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.calendars import hour_start
from services.ingest.counting import Cell, Cells, Key, Unique
from services.ingest.tables import members
from services.ingest.tables.members import Seen, Sighting
from shared.values.periods import NEVER

_DIGEST_BYTES = 16


def digest(member: str, secret: bytes) -> bytes:
    """A member's digest: enough to recognize it, without revealing it."""
    return blake2b(member.encode(), digest_size=_DIGEST_BYTES, key=secret).digest()


async def resolve(conn: AsyncConnection, cells: Cells, secret: bytes) -> Cells:
    """The same cells with `unique` ones counted: a new member counts in its earliest hour. Records
    who was seen.
    """
    unique = sorted((key, cell) for key, cell in cells.items() if isinstance(cell, Unique))
    if not unique:
        return cells
    seen = {
        key: [Seen(key[:3], digest(member, secret)) for member in cell.amount]
        for key, cell in unique
    }
    known = await members.known(conn, set().union(*seen.values()))
    counted: dict[Key, Cell] = dict(cells)
    sightings: list[Sighting] = []
    for key, cell in unique:
        new = [one for one in seen[key] if one not in known]
        known.update(new)
        counted[key] = cell.counted(len(new))
        sightings += _sightings(new if key[2] == NEVER else seen[key], key[3])
    await members.note(conn, sightings)
    return counted


def _sightings(seen: Iterable[Seen], hour: int) -> list[Sighting]:
    start = hour_start(hour)
    return [Sighting(one, start.date(), 1 << start.hour) for one in seen]
