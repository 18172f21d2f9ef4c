"""Totals, wake-ups and threshold states, read in bulk under the totals' row locks."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.places import Held, Looks, Place
from services.trigger.tables import due
from services.trigger.tables.due import Timer
from services.trigger.thresholds import State


@dataclass(frozen=True, slots=True)
class Wakes:
    """The totals at which ingest wakes the trigger; None: at none."""

    place: Place
    alert_at: Decimal | None
    rearm_at: Decimal | None


@dataclass(frozen=True, slots=True)
class Kept:
    place: Place
    period_end: datetime | None
    state: State


async def lock(conn: AsyncConnection, looks: Looks, now: datetime) -> dict[Place, Held]:
    """Everything that may need evaluation: running and future periods, and past ones that still
    have an open alert or a wake-up.
    """
    wanted = _wanted(looks) | {"now": now}
    found = {
        Place(row.account, row.meter, row.period_start): row
        for row in await conn.execute(_TOTALS, wanted)
    }
    states = {
        Place(row.account, row.meter, row.period_start): row
        for row in await conn.execute(_STATES, wanted)
    }
    return {
        place: _held(found.get(place), states.get(place)) for place in sorted({*found, *states})
    }


async def store(
    conn: AsyncConnection, wakes: Sequence[Wakes], kept: Sequence[Kept], timers: Sequence[Timer]
) -> None:
    """The only place that writes `alert_at` and `rearm_at`: under the row lock, so that it and a
    concurrent event see each other. `timers` are brought forward in the same statement.
    """
    if wakes or kept or timers:
        await conn.execute(_STORE, _woken(wakes) | _kept(kept) | due.columns(timers))


def _woken(wakes: Sequence[Wakes]) -> dict[str, object]:
    places = _places([wake.place for wake in wakes])
    return {f"woken_{name}": values for name, values in places.items()} | {
        "alerts": [wake.alert_at for wake in wakes],
        "rearms": [wake.rearm_at for wake in wakes],
    }


def _kept(kept: Sequence[Kept]) -> dict[str, object]:
    return _places([one.place for one in kept]) | {
        "ends": [one.period_end for one in kept],
        "states": [msgspec.json.encode(one.state).decode() for one in kept],
    }


async def read(
    conn: AsyncConnection, account: str, starts: Collection[datetime]
) -> dict[Place, Held]:
    """Totals and states of an account's periods with these starts, read without locks."""
    wanted = {"account": account, "starts": list(starts)}
    found = {
        Place(account, row.meter, row.period_start): row
        for row in await conn.execute(_READ_TOTALS, wanted)
    }
    states = {
        Place(account, row.meter, row.period_start): row
        for row in await conn.execute(_READ_STATES, wanted)
    }
    return {place: _held(found.get(place), states.get(place)) for place in {*found, *states}}


def _held(total: object, state: object) -> Held:
    kept = None if state is None else msgspec.json.decode(state.state, type=State)  # type: ignore[attr-defined]
    if total is None:
        return Held(state.period_end, state=kept)  # type: ignore[attr-defined]
    return Held(total.period_end, total.used, total.alert_at, total.rearm_at, kept)  # type: ignore[attr-defined]


def _wanted(looks: Looks) -> dict[str, object]:
    pairs = sorted(_pairs(looks), key=lambda pair: (pair[0], pair[1] or ""))
    return {"accounts": [account for account, _ in pairs], "meters": [meter for _, meter in pairs]}


def _pairs(looks: Looks) -> Iterator[tuple[str, str | None]]:
    for account, meters in looks.items():
        if meters is None:
            yield account, None
        else:
            yield from ((account, meter) for meter in meters)


def _places(places: Sequence[Place]) -> dict[str, object]:
    return {
        "accounts": [place.account for place in places],
        "meters": [place.meter for place in places],
        "starts": [place.period_start for place in places],
    }


# Planned once and not each time: arrays from queries look equally long to the plan for any values
# and to the one for these.
_WANTED = """unnest((select cast(:accounts as text[])), (select cast(:meters as text[])))
        as w(account, meter)"""

_TOTALS = text(
    f"""
    select t.account, t.meter, t.period_start, t.period_end, t.used, t.alert_at, t.rearm_at
    from usage_total t join {_WANTED} on t.account = w.account and (w.meter is null
        or t.meter = w.meter)
    where t.period_end is null or t.period_end > :now or t.alert_at is not null
        or t.rearm_at is not null
    order by t.account, t.meter, t.period_start
    for update of t
    """
)
_STATES = text(
    f"""
    select s.account, s.meter, s.period_start, s.period_end, s.state::text as state
    from meter_state s join {_WANTED} on s.account = w.account and (w.meter is null
        or s.meter = w.meter)
         left join usage_total t on t.account = s.account and t.meter = s.meter
             and t.period_start = s.period_start
    where s.period_end is null or coalesce(t.period_end, s.period_end) > :now
       or exists (select 1 from alert a where a.account = s.account and a.meter = s.meter
           and a.period_start = s.period_start
                                          and a.state = 'open')
    """
)
_STORE = text(
    f"""
    with woken as (
        update usage_total t set alert_at = w.alert_at, rearm_at = w.rearm_at
        from unnest((select cast(:woken_accounts as text[])),
            (select cast(:woken_meters as text[])), (select cast(:woken_starts as timestamptz[])),
            (select cast(:alerts as numeric[])), (select cast(:rearms as numeric[])))
            as w(account, meter, period_start, alert_at, rearm_at)
        where t.account = w.account and t.meter = w.meter and t.period_start = w.period_start),
    forward as ({due.BRING_FORWARD})
    insert into meter_state (account, meter, period_start, period_end, state)
    select s.account, s.meter, s.period_start, s.period_end, cast(s.state as jsonb)
    from unnest(cast(:accounts as text[]), cast(:meters as text[]), cast(:starts as timestamptz[]),
        cast(:ends as timestamptz[]), cast(:states as text[]))
        as s(account, meter, period_start, period_end, state)
    on conflict (account, meter, period_start) do update set period_end = excluded.period_end,
        state = excluded.state
    """
)
_READ_TOTALS = text(
    """
    select meter, period_start, period_end, used, alert_at, rearm_at from usage_total
    where account = :account and period_start = any(cast(:starts as timestamptz[]))
    """
)
_READ_STATES = text(
    """
    select meter, period_start, period_end, state::text as state from meter_state
    where account = :account and period_start = any(cast(:starts as timestamptz[]))
    """
)
