"""Checks and applies account events.

The trigger handles subscription changes itself; all other facts go to judgement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Terms
from services.trigger.alerts.watch import Watch
from services.trigger.outcome import Outcome
from services.trigger.subscriptions.changes import Unsold
from services.trigger.subscriptions.orders import Order, read_order
from services.trigger.subscriptions.plan_changes import Subscriptions
from services.trigger.tables.present import Present
from shared.erasure import requests as erasure
from shared.erasure.tombstones import ACCOUNT_ERASED, CONTACT_ERASED
from shared.events import Event, untimely
from shared.values.bounds import OLDEST_FACT
from shared.values.faults import Fault
from shared.web import Moment

CHANGED, RENEWED, CANCELLED = (
    "subscription.changed",
    "subscription.renewed",
    "subscription.cancelled",
)
PLAN_FACTS = (CHANGED, RENEWED, CANCELLED)

_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


@dataclass(frozen=True, slots=True)
class Said:
    """An event, and whether its record has been applied before."""

    event: Event
    is_replay: bool = False

    @property
    def changes_plan(self) -> bool:
        return self.event.type in PLAN_FACTS and not self.is_replay


async def refuse(
    conn: AsyncConnection,
    watch: Watch,
    events: Sequence[Event],
    now: datetime,
    present: Present | None = None,
) -> list[list[Fault]]:
    """The faults of each event (none if it can be used), with JSON pointers into it.

    Each reason begins with a code.
    """
    if not events:
        return []
    present = present or Present(watch.catalogs)
    ids = {event.subject for event in events}
    terms, barred = await present.terms(conn, ids, now), await erasure.barred(conn, ids)
    named = {(event.subject, contact) for event in events for _, contact in _named(event)}
    people = await erasure.barred_contacts(conn, named)
    judged = await watch.judgement.refuse(conn, events, now, present)
    faults, subscriptions = [], Subscriptions(watch, present)
    for event, more in zip(events, judged, strict=True):
        untimed = untimely(event.time, now, OLDEST_FACT)
        if event.subject in barred and event.time < barred[event.subject]:
            faults.append([Fault("/subject", ACCOUNT_ERASED)])
        elif gone := [
            field
            for field, contact in _named(event)
            if event.time < people.get((event.subject, contact), event.time)
        ]:
            faults.append([Fault(f"/data/{gone[0]}", CONTACT_ERASED)])
        elif event.subject not in terms:
            faults.append([Fault("/subject", "account: no account has this id")])
        elif untimed is not None:
            faults.append([Fault("/time", untimed)])
        elif event.type in PLAN_FACTS:
            own = terms[event.subject]
            faults.append(await _plan_faults(conn, subscriptions, event, own, now) or more)
        else:
            faults.append(more)
    return faults


def _named(event: Event) -> list[tuple[str, str]]:
    """Contacts that a fact's data may name: field and id."""
    data = event.data if isinstance(event.data, dict) else {}
    return [
        (field, data[field])
        for field in ("contact", "said_by", "user")
        if isinstance(data.get(field), str)
    ]


async def take(
    conn: AsyncConnection,
    watch: Watch,
    said: Sequence[Said],
    now: datetime,
    present: Present | None = None,
) -> Outcome:
    """Applies events that passed `refuse`, in order, under the locks of their accounts (and of
    plans, if one changes a plan).
    """
    outcome, present = Outcome(), present or Present(watch.catalogs)
    changes = [one.event for one in said if one.changes_plan]
    heard = await watch.judgement.heard(conn, changes) if changes else set()
    for event in changes:
        if event.identity not in heard:
            heard.add(event.identity)
            outcome.add(await _apply(conn, Subscriptions(watch, present), event, now))
    return outcome.add(await watch.judgement.take(conn, [one.event for one in said], now, present))


async def _plan_faults(
    conn: AsyncConnection,
    subscriptions: Subscriptions,
    event: Event,
    terms: Terms,
    now: datetime,
) -> list[Fault]:
    if event.type == CANCELLED:
        return (
            []
            if isinstance(_end(event), datetime)
            else [Fault("/data/at", f"field: at {_end(event)}")]
        )
    order = _order(event)
    if order is None:
        return []
    if isinstance(order, list):
        return [Fault(fault.path, f"field: {fault.path} {fault.reason}") for fault in order]
    found = await subscriptions.ordered(conn, terms, order, event.time, now)
    faults = found.faults if isinstance(found, Unsold) else ()
    return [Fault(f"/data{fault.path}", f"field: {fault.path} {fault.reason}") for fault in faults]


async def _apply(
    conn: AsyncConnection, subscriptions: Subscriptions, event: Event, now: datetime
) -> Outcome:
    if event.type == CANCELLED:
        if _is_of_next(event):
            return await subscriptions.take_back(conn, event.subject, said_at=event.time, now=now)
        end = _end(event)
        assert isinstance(end, datetime)
        return await subscriptions.end(
            conn,
            event.subject,
            at=end,
            said_at=event.time,
            leaves=_given_end(event) is None,
            now=now,
        )
    order = _order(event)
    if not isinstance(order, Order):
        return Outcome()
    done = await subscriptions.put(conn, event.subject, order, said_at=event.time, now=now)
    # An earlier event of the same batch may have changed what this one may order.
    return Outcome() if isinstance(done, Unsold) else done


def _order(event: Event) -> Order | list[Fault] | None:
    """None: renewed without changes."""
    return None if event.type == RENEWED and not event.data else read_order(event.data)


def _end(event: Event) -> datetime | str:
    """When a cancelled subscription ends: `at`, otherwise the event's time.

    A string describes what is wrong with it.
    """
    given = _given_end(event)
    if given is None:
        return event.time
    try:
        return _MOMENT.validate_python(given)
    except ValidationError as error:
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")


def _given_end(event: Event) -> Any:
    return event.data.get("at") if isinstance(event.data, dict) else None


def _is_of_next(event: Event) -> bool:
    """Whether the cancelled subscription is the next one."""
    return isinstance(event.data, dict) and event.data.get("next") is True
