"""Whose a deal is, and whose the credit: entries `owner` and `split`."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from services.trigger.process import money
from services.trigger.process.bodies import MOST, Identifier, Percent
from services.trigger.process.deals.opportunity import Opportunity, Owner, Share
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Entry, Made
from services.trigger.process.log.entry_type import EntryType, fields_of
from services.trigger.process.people import NOT_OWNER, NOT_YOUR_ROLE, Person, leads, takes
from shared.values.bodies import Body
from shared.values.faults import Fault


class OwnerEntry(Body):
    type: Literal["owner"]
    person: Identifier


class ShareBody(Body):
    person: Identifier
    pct: Percent


def _together(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """A percent that none can be is a fault of the split: all of them are one sum."""
    try:
        return handler(value)
    except ValidationError as error:
        if any(one["loc"][-1:] != ("pct",) or one["type"] == "missing" for one in error.errors()):
            raise
        raise ValueError("needs percentages from 0 to 100, with two decimals at most") from None


class SplitEntry(Body):
    """Percents that add up to 100."""

    type: Literal["split"]
    credit: Annotated[
        list[ShareBody], Field(min_length=1, max_length=MOST), WrapValidator(_together)
    ]


def _who(state: Opportunity, body: OwnerEntry, person: Person) -> str | None:
    """Leaders give a deal to anybody; others take one that nobody has, if it is theirs to take."""
    if person.leads:
        return None
    if body.person != person.id:
        return NOT_YOUR_ROLE
    if state.owner.id is not None:
        return NOT_OWNER
    return None if takes(person, state.owner.role) else NOT_YOUR_ROLE


def _known(_state: Any, body: OwnerEntry, context: Context) -> Iterable[Fault]:
    found = context.persons.get(body.person)
    if found is None:
        yield Fault("/person", "no person has this id")
    elif not found.active:
        yield Fault("/person", "is not active any more")


def _made(state: Opportunity, body: OwnerEntry, context: Context, _actor: Actor) -> Made:
    return Made({**fields_of(body), **given_to(state, body.person, context)})


def given_to(state: Opportunity, person: str | None, context: Context) -> dict[str, Any]:
    """The body of an entry that makes it theirs; nobody's self-serve deal becomes a CSM's."""
    role = "cs" if state.owner.role == "self_serve" and person is not None else state.owner.role
    return {
        "person": person,
        "owner": Owner(role, person, context.name_of(person)).json(),
        "before": state.owner.json(),
    }


def _apply(state: Opportunity, entry: Entry) -> Opportunity:
    return replace(state, owner=Owner(**entry.body["owner"]))


def _whole(_state: Any, body: SplitEntry, context: Context) -> Iterable[Fault]:
    if sum((one.pct for one in body.credit), Decimal(0)) != money.HUNDRED:
        yield Fault("/credit", "must add up to exactly 100")
    if len({one.person for one in body.credit}) < len(body.credit):
        yield Fault("/credit", "names a person twice")
    for n, one in enumerate(body.credit):
        if one.person not in context.persons:
            yield Fault(f"/credit/{n}/person", "no person has this id")


def _split(state: Opportunity, entry: Entry) -> Opportunity:
    shares = tuple(Share(one["person"], Decimal(one["pct"])) for one in entry.body["credit"])
    return replace(state, credit=shares)


def _leads(state: Any, _body: Any, person: Person) -> str | None:
    return leads(person, state.owner.id)


OWNER = EntryType("owner", OwnerEntry, who=_who, checks=_known, made=_made, apply=_apply)
SPLIT = EntryType("split", SplitEntry, who=_leads, checks=_whole, apply=_split, after_closing=True)
