"""A log of entries, of whichever kind: the fold, and the one question of the process.

May this entry be appended now, and what follows? No clock, no I/O.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Any, Generic, Protocol, Self

from typing_extensions import TypeVar

from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import (
    Asked,
    By,
    Draft,
    Effect,
    Entry,
    Follows,
    Kind,
    Known,
    Made,
    Refused,
    next_id,
)
from services.trigger.process.log.entry_type import EntryType
from shared.values.faults import Fault

OTHER_BODY = "the same key came with another body"
_MOST = 50
"""More consequences of one entry than there can be: a circle."""


class State(Protocol):
    """What a log comes to. `standing`: where it stands, in a word."""

    @property
    def id(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def is_closed(self) -> bool: ...
    @property
    def standing(self) -> str: ...
    def grown(self, entry: Entry) -> Self:
        """With the entry as its newest."""


S = TypeVar("S", bound=State, default=Opportunity)


@dataclass(frozen=True, slots=True)
class Appended(Generic[S]):
    """The log as it is now, what is new in it, and what follows elsewhere."""

    state: S
    entries: tuple[Entry, ...]
    effects: tuple[Effect, ...] = ()

    def then(self, more: "Appended[S]") -> "Appended[S]":
        """With what was appended after it."""
        entries, effects = (*self.entries, *more.entries), (*self.effects, *more.effects)
        return Appended(more.state, entries, effects)


def nothing_follows(_before: Any, _state: Any, _context: Context) -> Follows:
    return Follows()


@dataclass(frozen=True, slots=True)
class LogKind(Generic[S]):
    """`opened`: the state that a first entry describes (entry, account, id of the log); `follow`:
    what follows by itself from an entry (the states before and after it).
    """

    name: Kind
    types: Mapping[str, EntryType]
    opened: Callable[[Entry, str, str], S]
    follow: Callable[[S, S, Context], Follows] = nothing_follows

    def fold(self, entries: Sequence[Entry], account: str, subject: str) -> S:
        """The state that these entries, oldest first, come to. The first one opens the log."""
        first, *others = entries
        return reduce(self.applied, others, self.opened(first, account, subject))

    def applied(self, state: S, entry: Entry) -> S:
        """With one entry more. A type of a newer version changes nothing that this one knows."""
        known = self.types.get(entry.type)
        after: S = state if known is None else known.apply(state, entry)
        return after.grown(entry)

    def append(self, state: S, asked: Asked, context: Context) -> Refused | Known | Appended[S]:
        """In this order: possible (422), answered before, whose (403), newest (412), now (409).
        What was answered was possible then, whatever has changed since.
        """
        type_, context = self.types[asked.type], replace(context, actor=asked.actor)
        if asked.first is not None and asked.first.same:
            return Known(asked.first.entry)
        if faults := tuple(type_.checks(state, asked.body, context)):
            return Refused(422, faults)
        if asked.first is not None:
            return Refused(422, (Fault("header.Idempotency-Key", OTHER_BODY),))
        if (refused := _refused(type_, state, asked, context)) is not None:
            return refused
        made = type_.made(state, asked.body, context, asked.actor)
        return self._written(state, Draft(asked.type, made.body), made, asked.actor.by, context)

    def written(self, state: S, drafts: Iterable[Draft], by: By, context: Context) -> Appended[S]:
        """What Plimsoll appends by itself, with what follows."""
        found = Appended(state, ())
        for draft in drafts:
            found = found.then(self._written(found.state, draft, Made(draft.body), by, context))
        return found

    def _written(self, state: S, draft: Draft, made: Made, by: By, context: Context) -> Appended[S]:
        entries, effects = list[Entry](), list(made.effects)
        waiting = [replace(draft, by=draft.by or by), *made.also]
        while waiting:
            assert len(entries) < _MOST, f"consequences of {draft.type} have no end"
            one = waiting.pop(0)
            before, entry = state, _entry(state, one, one.by or by, context.at)
            state = self.applied(state, entry)
            entries.append(entry)
            follows = self.follow(before, state, context)
            waiting += follows.drafts
            effects += follows.effects
        return Appended(state, tuple(entries), tuple(effects))

    def noted(self, state: S, drafts: Iterable[Draft], by: By, at: datetime) -> Appended[S]:
        """What Plimsoll appends where nothing follows but what the drafts say."""
        entries = []
        for draft in drafts:
            entry = _entry(state, draft, draft.by or by, at)
            state = self.applied(state, entry)
            entries.append(entry)
        return Appended(state, tuple(entries))

    def begun(self, subject: str, account: str, draft: Draft, by: By, at: datetime) -> Appended[S]:
        """A log begins."""
        entry = Entry(next_id(subject, 0), 1, draft.type, at, by, draft.body)
        return Appended(self.opened(entry, account, subject), (entry,))


def _refused(type_: EntryType, state: State, asked: Asked, context: Context) -> Refused | None:
    person = asked.actor.person
    if person is not None and (code := type_.who(state, asked.body, person)) is not None:
        return Refused(403, (Fault("/type", code),))
    if asked.revision is not None and asked.revision != state.revision:
        return Refused(412, (Fault("header.If-Match", f"the revision is {state.revision}"),))
    if state.is_closed and not type_.after_closing:
        return Refused(409, (Fault("/type", f"closed: it is {state.standing}"),))
    faults = tuple(type_.guards(state, asked.body, context))
    return Refused(409, faults) if faults else None


def _entry(state: State, draft: Draft, by: By, at: datetime) -> Entry:
    id = next_id(state.id, state.revision)
    return Entry(id, state.revision + 1, draft.type, at, by, draft.body)
