"""When a fact is taken back: the record without it, and which of its signals the remaining facts
still raise. Pure.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace as replace_struct

from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.facts import capacity, intake, types
from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.facts.record import EMPTY, Ask, Entry, Record
from services.trigger.judgement.findings import signals
from services.trigger.proposals.changes import Open

_ASKED = 200
"""How many of the newest facts are checked for raising the signal too; no rule depends on more."""

_RAISES: Mapping[str, tuple[str, str | None]] = {
    "nps.responded": ("nps_high", None),
    "feature.requested": ("feature_requested", "feature"),
    "team.growth": ("team_growth", None),
    "ticket.opened": ("better_support", None),
    "ticket.classified": ("better_support", None),
    "compliance.need": ("compliance_need", "framework"),
    "quote.presented": ("pre_purchase", None),
    "cancel.intent": ("cancel_intent", None),
}
"""The signal that a type of fact may raise, and the field that distinguishes two of them."""


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A stored fact, and when it was received."""

    type: str
    key: str
    at: datetime
    received_at: datetime
    data: Mapping[str, Any]


def signal_of(fact: StoredFact) -> tuple[str, str] | None:
    """(type, key) of the signal that it may have raised."""
    if fact.type not in _RAISES:
        return None
    name, field = _RAISES[fact.type]
    return name, "" if field is None else str(fact.data.get(field))


def remembered(facts: Iterable[StoredFact], zone: ZoneInfo, contacts: Sequence[str]) -> Record:
    """The record of these facts.

    One that an earlier version accepted and this one cannot read adds nothing.
    """
    record = intake.grown(EMPTY, filter(None, (_fact(one, zone) for one in facts)))
    return capacity.without_strangers(record, contacts)[0]


def with_pruned(
    grown: Record, before: Record, facts: Iterable[StoredFact], taken: StoredFact, horizon: datetime
) -> Record:
    """`grown` from the stored facts, plus what `before` remembers of older ones, which may have
    been pruned.

    An entry older than `horizon` and not among `facts` comes from a pruned fact. What the
    taken-back fact said is removed.
    """
    stored = {one.key for one in facts} | {taken.key}

    def is_pruned(entry: Entry) -> bool:
        return entry.at < horizon and entry.key not in stored

    told = {str(taken.data.get(name)) for name in ("ticket", "feature", "contact", "user")}
    newest = [one for one in (grown.newest, _before(before.newest, horizon)) if one is not None]
    return replace_struct(
        grown,
        **_pruned_entries(grown, before, is_pruned),
        **_pruned_moments(grown, before, horizon, told),
        newest=max(newest, default=None),
    )


_SEVERAL = ("nps", "csat", "growth", "compliance", "proofs", "needs", "answers")
_BY_FEATURE = ("gated", "requested")
_NEWEST = ("budget", "cancel", "quote", "signed", "renewed", "stated", "articulated", "deal")


def _pruned_entries(
    grown: Record, before: Record, is_pruned: Callable[[Entry], bool]
) -> dict[str, Any]:
    """The fields of entries, with those of pruned facts."""
    changes: dict[str, Any] = {}
    for name in _SEVERAL:
        found = getattr(grown, name)
        for entry in filter(is_pruned, getattr(before, name)):
            found = capacity.newest(found, entry)
        changes[name] = found
    for name in _BY_FEATURE:
        asks: dict[str, tuple[Ask, ...]] = dict(getattr(grown, name))
        for feature, entries in getattr(before, name).items():
            for entry in filter(is_pruned, entries):
                asks[feature] = capacity.newest(asks.get(feature, ()), entry)
        changes[name] = asks
    for name in _NEWEST:
        old, new = getattr(before, name), getattr(grown, name)
        if old is not None and is_pruned(old) and (new is None or old.order > new.order):
            changes[name] = old
    return changes


def _pruned_moments(
    grown: Record, before: Record, horizon: datetime, told: Collection[str]
) -> dict[str, Any]:
    """The fields that hold moments and days instead of entries. `told`: what the taken-back fact
    named.
    """
    tickets = {
        id: one for id, one in before.tickets.items() if one.began_at < horizon and id not in told
    }
    days = (day for day in before.active_days if day < horizon.date())
    return {
        "tickets": {**grown.tickets, **tickets},
        "used": {**_older(before.used, horizon, told), **grown.used},
        "opted_out": {**grown.opted_out, **_older(before.opted_out, horizon, told)},
        "active_days": tuple(sorted({*grown.active_days, *days})),
        "active_users": {**_older_months(before.active_users, horizon), **grown.active_users},
    }


def _before(moment: datetime | None, horizon: datetime) -> datetime | None:
    return moment if moment is not None and moment < horizon else None


def _older(
    moments: Mapping[str, datetime], horizon: datetime, told: Collection[str]
) -> dict[str, datetime]:
    return {name: at for name, at in moments.items() if at < horizon and name not in told}


def _older_months(
    users: Mapping[str, tuple[str, ...]], horizon: datetime
) -> dict[str, tuple[str, ...]]:
    return {
        month: names for month, names in users.items() if month < horizon.date().isoformat()[:7]
    }


def raised_again(
    loaded: Loaded, taken_back: StoredFact, others: Sequence[StoredFact], now: datetime
) -> Open | None:
    """The signal of the fact that was taken back, as raised by the newest of the remaining facts;
    None if none raises it.

    `loaded` is the account without that fact.
    """
    wanted = signal_of(taken_back)
    if wanted is None:
        return None
    before = next(
        (one for one in loaded.opened if (one.signal.type, one.signal.key) == wanted), None
    )
    facts = replace(
        loaded.facts,
        signals=tuple(one for one in loaded.facts.signals if (one.type, one.key) != wanted),
    )
    asked = sorted(
        (one for one in others if signal_of(one) == wanted), key=lambda one: one.at, reverse=True
    )[:_ASKED]
    for one in asked:
        for signal in signals.of_fact(
            one.type, one.data, one.at, loaded.catalog, facts, one.received_at
        ):
            if (signal.type, signal.key) == wanted and signal.holds(now):
                return _opened(loaded.profile.id, signal, before)
    return None


def _opened(account: str, signal: Signal, before: Open | None) -> Open:
    """What was done about it is not done again."""
    return Open(account, signal, acted=before is not None and before.acted)


def _fact(one: StoredFact, zone: ZoneInfo) -> intake.Fact | None:
    try:
        return intake.Fact(one.type, one.key, one.at, types.read(one.type, one.data), zone)
    except types.BadFact:
        return None
