"""Checks rows without a server: their form, by the same code as in the API. Pure."""

from plimsoll.bulk_import.batches import Item, lines_of
from plimsoll.bulk_import.rows import Row, Unusable, event_of, place_in
from services.trigger.api import batch_items
from services.trigger.judgement.facts import types
from shared.events import Unusable as UnusableEvent
from shared.events import read_event
from shared.values.faults import Fault
from shared.values.quantities import dumps


def faults_of(one: Row | Unusable) -> tuple[Fault, ...]:
    if isinstance(one, Unusable):
        return one.faults
    if one.kind == "fact":
        return tuple(
            Fault("/account" if fault.path == "/subject" else fault.path, fault.reason)
            for fault in _of_fact(one)
        )
    (found,) = batch_items.read_items(lines_of([Item([one])]), batch_items.LINES)
    return (
        tuple(place_in(one, fault) for fault in found.faults)
        if isinstance(found, batch_items.Unread)
        else ()
    )


def _of_fact(row: Row) -> tuple[Fault, ...]:
    event = read_event(dumps(event_of(row)))
    if isinstance(event, UnusableEvent):
        return tuple(event.faults)
    try:
        types.read(event.type, event.data or {})
    except types.BadFact as bad:
        return tuple(bad.faults)
    return ()
