"""Reads and checks records of `usage.totals`.

Another engine may write them, so nothing is trusted. Pure.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, NamedTuple

import msgspec

from shared.catalog import Catalog
from shared.messages import Total, TotalPeriod
from shared.telemetry.masking import without_values
from shared.values.bounds import OUTSIDE, is_dated
from shared.values.characters import is_storable
from shared.values.periods import NEVER
from shared.values.quantities import INTEGER_DIGITS, TOTAL_DIGITS, bounded

_MOST_BYTES = 65_536
_LONGEST_NUMBER = 64


class Counted(NamedTuple):
    """An absolute total. `version` grows: one that is not newer changes nothing. A gauge has
    `period_start` NEVER and no end.

    `is_ours`: counted by our ingest. Its row is already written, or has since moved to another
    period and must not be written again.
    """

    account: str
    meter: str
    period_start: datetime
    period_end: datetime | None
    used: Decimal
    last_event_at: datetime | None
    version: tuple[int, int]
    received_at: datetime | None
    is_ours: bool

    @property
    def place(self) -> tuple[str, str, datetime]:
        return self.account, self.meter, self.period_start


class _Total(Total, frozen=True):
    account: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    meter: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    revision: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    epoch: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0


def read_total(value: bytes | None, catalog: Catalog | None, *, is_ours: bool) -> Counted | str:
    """The total, or the reason the record cannot be used. `catalog`: the one in force; our
    ingest's totals need none.
    """
    if value is None:
        return "tombstone: the record has no value"
    if len(value) > _MOST_BYTES:
        return f"size: a total may have {_MOST_BYTES} bytes, this one has {len(value)}"
    try:
        total = _DECODER.decode(value)
    except msgspec.ValidationError as error:
        return f"field: {without_values(str(error))}"
    except RecursionError:
        return "depth: nested too deeply"
    except UnicodeDecodeError as error:
        return f"utf8: not UTF-8 at byte {error.start}"
    except msgspec.DecodeError as error:
        return f"json: {without_values(str(error))}"
    except ValueError:
        return "number: has too many digits"
    return _reason(total, catalog, is_ours=is_ours) or _counted(total, is_ours=is_ours)


_DECODER = msgspec.json.Decoder(_Total)


def _reason(total: Total, catalog: Catalog | None, *, is_ours: bool) -> str | None:
    """What our ingest counted may exceed what one event can say, and its period may extend beyond
    the years of events.
    """
    if not is_storable(total.account) or total.account.isspace() or "/" in total.account:
        return "id: account must not hold control characters or a slash"
    if not is_ours and (fault := _meter_fault(total, catalog)):
        return fault
    moments = [
        moment
        for moment in (*_bounds(total.period), total.last_event_at, total.received_at)
        if moment is not None
    ]
    if any(moment.tzinfo is None for moment in moments):
        return "zone: every moment needs a time zone, such as Z"
    if not is_ours and not all(map(is_dated, moments)):
        return f"time: every moment {OUTSIDE}"
    if total.period is not None and total.period.start >= total.period.end:
        return "period: it ends before it starts"
    return _number_fault(total.used, is_ours=is_ours)


def _meter_fault(total: Total, catalog: Catalog | None) -> str | None:
    meter = catalog.meters.get(total.meter) if catalog else None
    if meter is None:
        return "meter: the catalogue has no such meter"
    if meter.is_gauge != (total.period is None):
        why = (
            "never resets, its period is null"
            if meter.is_gauge
            else "resets, its total needs a period"
        )
        return f"period: the meter {why}"
    return None


def _bounds(period: TotalPeriod | None) -> tuple[datetime, ...]:
    return () if period is None else (period.start, period.end)


def _number_fault(raw: msgspec.Raw, *, is_ours: bool) -> str | None:
    try:
        _number(raw, is_ours=is_ours)
    except ValueError as error:
        return f"number: used {error}"
    return None


def _number(raw: Any, *, is_ours: bool) -> Decimal:
    text = bytes(raw).strip()
    if not text or text[:1] not in b"-0123456789" or len(text) > _LONGEST_NUMBER:
        raise ValueError("must be a number of at most 64 characters")
    try:
        return bounded(Decimal(text.decode()), TOTAL_DIGITS if is_ours else INTEGER_DIGITS)
    except InvalidOperation:
        raise ValueError("is a number out of every range") from None


def _counted(total: Total, *, is_ours: bool) -> Counted:
    start, end = (NEVER, None) if total.period is None else (total.period.start, total.period.end)
    version = (total.epoch, total.revision)
    used = _number(total.used, is_ours=is_ours)
    return Counted(
        total.account,
        total.meter,
        start,
        end,
        used,
        total.last_event_at,
        version,
        total.received_at,
        is_ours,
    )
