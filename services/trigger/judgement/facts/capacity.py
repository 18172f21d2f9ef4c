"""How much is stored per account: the newest of each kind, so that the ten-thousandth fact costs
the same as the tenth.

Far more than any rule counts. All facts stay in `fact` as they arrived; only what decisions read is
capped.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, TypeVar

from msgspec.structs import replace

from services.trigger.judgement.facts.record import Ask, Entry, Record, Ticket

MOST = 200
"""Entries of one kind (scores, answers, needs, evidence, requests of one feature): the newest."""

MOST_TEXT = 100_000
"""Characters of text in them altogether: the newest."""

MOST_TICKETS = 300
"""Closed ones go first, then those without activity for the longest time."""

MOST_FEATURES = 500
"""Names of used features; the least recently used goes first. More than any plan has."""

MOST_ASKS = 600
"""Requests for and attempts at features that the plan does not include, over all features; the
feature not asked for the longest goes first.
"""

MOST_USERS = 500
"""People active in one month."""

MOST_REFUSALS = 2_000
"""Contacts who want no proposals. Current contacts are never dropped."""

_SLACK = 20
"""How far the cap may be exceeded before some are dropped: finding the oldest at every fact would
cost more than the fact.
"""

E = TypeVar("E", bound=Entry)
LetGo = Counter[str]
"""By kind ("ticket", "feature", "request", "refusal"): how many were dropped."""


def newest(entries: Collection[E], entry: E) -> tuple[E, ...]:
    """The entries with one more, oldest first."""
    ordered = sorted(
        {**{one.key: one for one in entries}, entry.key: entry}.values(), key=lambda one: one.order
    )[-MOST:]
    left = MOST_TEXT
    for index in range(len(ordered) - 1, -1, -1):
        left -= len(getattr(ordered[index], "text", None) or "")
        if left < 0:
            return tuple(ordered[min(index + 1, len(ordered) - 1) :])
    return tuple(ordered)


def capped(record: Record) -> tuple[Record, LetGo]:
    """The record with at most the allowed number of each kind, and what was dropped."""
    changes: dict[str, Any] = {}
    gone = LetGo()
    if len(record.tickets) > MOST_TICKETS + _SLACK:
        changes["tickets"] = _tickets(record.tickets)
        gone["ticket"] = len(record.tickets) - MOST_TICKETS
    if len(record.used) > MOST_FEATURES + _SLACK:
        changes["used"] = _features(record.used)
        gone["feature"] = len(record.used) - MOST_FEATURES
    for name, asks in (("gated", record.gated), ("requested", record.requested)):
        if (count := _count(asks)) > MOST_ASKS + _SLACK:
            changes[name] = _asks(asks)
            gone["request"] += count - _count(changes[name])
    return (replace(record, **changes), gone) if changes else (record, gone)


def without_strangers(record: Record, contacts: Collection[str]) -> tuple[Record, LetGo]:
    """Caps refusals: drops the oldest ones of people who are not contacts of the account."""
    if len(record.opted_out) <= MOST_REFUSALS:
        return record, LetGo()
    known = set(contacts)
    ordered = sorted(
        record.opted_out, key=lambda contact: (contact in known, record.opted_out[contact], contact)
    )
    gone = set(ordered[: len(ordered) - MOST_REFUSALS]) - known
    kept = {contact: at for contact, at in record.opted_out.items() if contact not in gone}
    return replace(record, opted_out=kept), LetGo(refusal=len(gone))


def _tickets(tickets: Mapping[str, Ticket]) -> dict[str, Ticket]:
    kept = sorted(tickets.values(), key=_worth)[-MOST_TICKETS:]
    return {ticket.id: ticket for ticket in kept}


def _worth(ticket: Ticket) -> tuple[bool, datetime, str]:
    return ticket.is_open, ticket.last_at, ticket.id


def _features(used: Mapping[str, datetime]) -> dict[str, datetime]:
    kept = sorted(used, key=lambda name: (used[name], name))[-MOST_FEATURES:]
    return {name: used[name] for name in kept}


def _count(asks: Mapping[str, tuple[Ask, ...]]) -> int:
    return sum(map(len, asks.values()))


def _asks(asks: Mapping[str, tuple[Ask, ...]]) -> dict[str, tuple[Ask, ...]]:
    """Whole features, the most recently requested first, as far as they fit.

    `newest` ensures that each fits alone.
    """
    kept: dict[str, tuple[Ask, ...]] = {}
    left = MOST_ASKS
    for name in sorted(asks, key=lambda name: (asks[name][-1].order, name), reverse=True):
        left -= len(asks[name])
        if left < 0:
            break
        kept[name] = asks[name]
    return kept
