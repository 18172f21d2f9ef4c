"""A fact that is taken back: what is remembered of the account without it, and which of its signals the others still raise. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from services.trigger.judgement import capacity, fact_types, intake, signals
from services.trigger.judgement.facts import Signal
from services.trigger.judgement.record import EMPTY, Record
from services.trigger.judging.fact_rows import Stored
from services.trigger.judging.loading import Loaded
from services.trigger.judging.state_rows import Open

_ASKED = 200
"""So many of the newest facts are asked whether they raise the signal as well; no rule turns on more."""

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
"""The signal that a type of fact may raise, and the field that tells two of them apart."""


def signal_of(fact: Stored) -> tuple[str, str] | None:
    """(type, key) of the signal that it may have raised."""
    if fact.type not in _RAISES:
        return None
    name, field = _RAISES[fact.type]
    return name, "" if field is None else str(fact.data.get(field))


def remembered(facts: Iterable[Stored], zone: ZoneInfo, contacts: Sequence[str]) -> Record:
    """What these facts add up to. One that an earlier version took and this one cannot read adds nothing."""
    record = intake.grown(EMPTY, filter(None, (_fact(one, zone) for one in facts)))
    return capacity.without_strangers(record, contacts)[0]


def raised_again(loaded: Loaded, taken_back: Stored, others: Sequence[Stored], now: datetime) -> Open | None:
    """The signal of a fact that was taken back, as the newest of the other facts that raises it does; None if none does.

    `loaded` remembers the account without that fact.
    """
    wanted = signal_of(taken_back)
    if wanted is None:
        return None
    before = next((one for one in loaded.opened if (one.signal.type, one.signal.key) == wanted), None)
    facts = replace(loaded.facts, signals=tuple(one for one in loaded.facts.signals if (one.type, one.key) != wanted))
    asked = sorted((one for one in others if signal_of(one) == wanted), key=lambda one: one.at, reverse=True)[:_ASKED]
    for one in asked:
        for signal in signals.of_fact(one.type, one.data, one.at, loaded.catalog, facts, one.received_at):
            if (signal.type, signal.key) == wanted and signal.holds(now):
                return _opened(loaded.profile.id, signal, before)
    return None


def _opened(account: str, signal: Signal, before: Open | None) -> Open:
    """What was done about it is not done again."""
    return Open(account, signal, acted=before is not None and before.acted)


def _fact(one: Stored, zone: ZoneInfo) -> intake.Fact | None:
    try:
        return intake.Fact(one.type, one.key, one.at, fact_types.read(one.type, one.data), zone)
    except fact_types.BadFact:
        return None
