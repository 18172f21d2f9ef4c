"""A log of entries: the fold, and the one question of the process.

May this entry be appended now, and what follows? No clock, no I/O.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce

from services.trigger.process.deals import consequences
from services.trigger.process.deals.opportunity import Opportunity, opened
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import (
    JUDGEMENT,
    Asked,
    By,
    Draft,
    Effect,
    Entry,
    Known,
    Made,
    Refused,
    next_id,
)
from services.trigger.process.log.entry_type import EntryType
from services.trigger.process.log.types import TYPES
from shared.values.faults import Fault
from shared.values.identity import identity

OTHER_BODY = "the same key came with another body"
_MOST = 50
"""More consequences of one entry than there can be: a circle."""


@dataclass(frozen=True, slots=True)
class Appended:
    """The log as it is now, what is new in it, and what follows elsewhere."""

    state: Opportunity
    entries: tuple[Entry, ...]
    effects: tuple[Effect, ...] = ()

    def then(self, more: "Appended") -> "Appended":
        """With what was appended after it."""
        entries, effects = (*self.entries, *more.entries), (*self.effects, *more.effects)
        return Appended(more.state, entries, effects)


def fold(entries: Sequence[Entry], account: str, subject: str) -> Opportunity:
    """The state that these entries, oldest first, come to. The first one opens the log."""
    first, *others = entries
    return reduce(applied, others, opened(first, account, subject))


def applied(state: Opportunity, entry: Entry) -> Opportunity:
    """With one entry more. A type of a newer version changes nothing that this one knows."""
    known = TYPES.get(entry.type)
    after = state if known is None else known.apply(state, entry)
    return replace(after, entries=(*state.entries, entry))


def append(state: Opportunity, asked: Asked, context: Context) -> Refused | Known | Appended:
    """In this order: possible (422), answered before, whose (403), newest (412), now (409)."""
    type_, context = TYPES[asked.type], replace(context, actor=asked.actor)
    if faults := tuple(type_.checks(state, asked.body, context)):
        return Refused(422, faults)
    if asked.first is not None:
        return (
            Known(asked.first.entry)
            if asked.first.same
            else Refused(422, (Fault("header.Idempotency-Key", OTHER_BODY),))
        )
    if (refused := _refused(type_, state, asked, context)) is not None:
        return refused
    made = type_.made(state, asked.body, context, asked.actor)
    return _written(state, Draft(asked.type, made.body), made, asked.actor.by, context)


def _refused(
    type_: EntryType, state: Opportunity, asked: Asked, context: Context
) -> Refused | None:
    person = asked.actor.person
    if person is not None and (code := type_.who(state, asked.body, person)) is not None:
        return Refused(403, (Fault("/type", code),))
    if asked.revision is not None and asked.revision != state.revision:
        return Refused(412, (Fault("header.If-Match", f"the revision is {state.revision}"),))
    if state.is_closed and not type_.after_closing:
        return Refused(409, (Fault("/type", f"closed: it is {state.stage}"),))
    faults = tuple(type_.guards(state, asked.body, context))
    return Refused(409, faults) if faults else None


def written(state: Opportunity, drafts: Iterable[Draft], by: By, context: Context) -> Appended:
    """What Plimsoll appends by itself, with what follows."""
    found = Appended(state, ())
    for draft in drafts:
        found = found.then(_written(found.state, draft, Made(draft.body), by, context))
    return found


def _written(state: Opportunity, draft: Draft, made: Made, by: By, context: Context) -> Appended:
    entries, effects = list[Entry](), list(made.effects)
    waiting = [replace(draft, by=draft.by or by), *made.also]
    while waiting:
        assert len(entries) < _MOST, f"consequences of {draft.type} have no end"
        one = waiting.pop(0)
        before, entry = state, _entry(state, one, one.by or by, context)
        state = applied(state, entry)
        entries.append(entry)
        follows = consequences.follow(before, state, context)
        waiting += follows.drafts
        effects += follows.effects
    return Appended(state, tuple(entries), tuple(effects))


def noted(state: Opportunity, drafts: Iterable[Draft], by: By, at: datetime) -> Appended:
    """What Plimsoll appends where nothing follows but what the drafts say."""
    entries = []
    for draft in drafts:
        seq = state.revision + 1
        entry = Entry(
            identity("entry", state.id, seq), seq, draft.type, at, draft.by or by, draft.body
        )
        state = applied(state, entry)
        entries.append(entry)
    return Appended(state, tuple(entries))


def reconsidered(state: Opportunity, context: Context) -> Appended:
    """Something about the account is known that was not: the verdict may lead elsewhere."""
    to = None if state.is_closed else consequences.by_verdict(state, context)
    if to is None:
        return Appended(state, ())
    move = {"to": to, "from": state.stage, "verdict": context.verdict}
    return written(state, [Draft("move", move)], JUDGEMENT, context)


def _entry(state: Opportunity, draft: Draft, by: By, context: Context) -> Entry:
    id = next_id(state.id, state.revision)
    return Entry(id, state.revision + 1, draft.type, context.at, by, draft.body)


def begun(subject: str, account: str, draft: Draft, by: By, at: datetime) -> Appended:
    """A log begins."""
    entry = Entry(identity("entry", subject, 1), 1, draft.type, at, by, draft.body)
    state = opened(entry, account, subject)
    return Appended(state, (entry,))
