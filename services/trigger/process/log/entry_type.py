"""What a type of entry consists of: one row of `types.py`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Entry, Made
from services.trigger.process.people import Person, owns_or_leads
from shared.values.bodies import Body
from shared.values.faults import Fault

Who = Callable[[Any, Any, Person], str | None]
"""(state, body, person) -> the code of why not."""
Checks = Callable[[Any, Any, Context], Iterable[Fault]]


Statement = tuple[str, Mapping[str, Any]]
"""A fact of the account: its type and its data."""


def nothing(_state: Any, _body: Any, _context: Context) -> Iterable[Fault]:
    return ()


def as_asked(_state: Any, body: Body, _context: Context, _actor: Actor) -> Made:
    return Made(fields_of(body))


def unchanged(state: Any, _entry: Entry) -> Any:
    return state


def fields_of(body: Body) -> dict[str, Any]:
    """The fields that were given, as JSON."""
    given = body.model_dump(mode="json", exclude_unset=True)
    given.pop("type", None)
    return given


def of_the_owner(state: Any, _body: Any, person: Person) -> str | None:
    return owns_or_leads(person, state.owner.id)


@dataclass(frozen=True, slots=True)
class EntryType:
    """`body` None: only Plimsoll writes it. `checks`: whether the body is possible (422); `guards`:
    whether it may be appended now (409, all of them); `made`: what is stored, and what follows.

    `states`: which facts of the account an entry also is. `shows`: what these entries add to what
    `GET` shows.
    """

    name: str
    body: type[Body] | None = None
    who: Who = of_the_owner
    checks: Checks = nothing
    guards: Checks = nothing
    made: Callable[[Any, Any, Context, Actor], Made] = as_asked
    apply: Callable[[Any, Entry], Any] = unchanged
    shows: Callable[[Any, Context], Mapping[str, Any]] | None = None
    states: Callable[[Entry], Iterable[Statement]] | None = None
    after_closing: bool = False
