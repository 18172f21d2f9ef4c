"""The records that tell trigger to look at a total."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from services.ingest.counting import Place
from services.ingest.tables.totals import Due
from shared.loop.turn import Turn
from shared.messages import COUNTED_HERE, USAGE_TOTALS, Total, TotalPeriod
from shared.values.bounds import is_dated
from shared.values.quantities import plain


def wake(turn: Turn, due: Iterable[Due], received_ms: Mapping[Place, int] | None = None) -> None:
    """Makes trigger look at these totals. `received_ms`: the record timestamp of each one's first
    event.
    """
    for total in due:
        received = _moment((received_ms or {}).get(total.place, 0))
        turn.send(USAGE_TOTALS, total.place[0], total_record(total, received), (COUNTED_HERE,))


def total_record(due: Due, received_at: datetime | None) -> bytes:
    account, meter, start = due.place
    period = None if due.end is None else TotalPeriod(start, due.end)
    used = msgspec.Raw(plain(due.used).encode())
    return msgspec.json.encode(
        Total(account, meter, period, used, due.last_event_at, due.revision, due.epoch, received_at)
    )


def _moment(timestamp_ms: int) -> datetime | None:
    """None for an impossible timestamp: a producer may send anything."""
    try:
        moment = datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if timestamp_ms > 0 and is_dated(moment) else None
