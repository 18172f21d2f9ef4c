"""What the step is worth in the customer's own figures, version after version: entry `value`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, WithJsonSchema

from services.trigger.judgement.economics.calculator import tried
from services.trigger.judgement.economics.value import ValueCase
from services.trigger.judgement.facts import types
from services.trigger.process.bodies import MOST, Identifier, Title
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Draft, Entry, Made
from services.trigger.process.log.entry_type import EntryType, Statement
from shared.values.bodies import Body
from shared.values.faults import Fault
from shared.values.periods import local_date
from shared.values.quantities import bounded, plain
from shared.wording import sentence

OWN = ("version", "value")
"""What an entry holds besides the figures."""


def _number(raw: Any) -> int | Decimal | str:
    """A number, or decimal text as for money: as it was given."""
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal | str):
        raise ValueError("must be a number")
    try:
        bounded(Decimal(raw))
    except ArithmeticError:
        raise ValueError("must be a number") from None
    return raw


Number = Annotated[
    Any,
    BeforeValidator(_number),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}], "examples": ["50.00"]}),
]


class ActivityBody(Body):
    en: str
    ja: str


_EXAMPLE: dict[str, JsonValue] = {
    "members": 5,
    "hours": 10,
    "hours_basis": "per_person",
    "hours_period": "week",
    "hourly_rate": "50.00",
    "currency": "USD",
    "source": "customer_stated",
    "said_by": "c1",
}


class ValueBody(Body):
    """The data of a `value.stated` fact."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})
    members: int | None = None
    hours: Number
    hours_basis: Literal["per_person", "team_total"]
    hours_period: Literal["week", "month"]
    hourly_rate: Number
    currency: str
    automation_rate: Number | None = None
    source: Literal["customer_stated", "measured", "assumed"]
    assumed: Annotated[
        list[Literal["members", "hours", "hourly_rate", "automation_rate"]],
        Field(max_length=MOST, default_factory=list),
    ]
    activity: ActivityBody | None = None
    said_by: Identifier | None = None


class ValueEntry(ValueBody):
    """`said_by`: a contact's id, or a name."""

    model_config = ConfigDict(json_schema_extra={"example": {"type": "value", **_EXAMPLE}})
    type: Literal["value"]
    said_by: Title


def read(body: ValueBody) -> types.ValueStated | tuple[Fault, ...]:
    """The figures, or what is wrong with them."""
    try:
        found = types.read("value.stated", _given(body))
    except types.BadFact as error:
        return tuple(Fault(one.path.removeprefix("/data"), one.reason) for one in error.faults)
    assert isinstance(found, types.ValueStated)
    return found


def _given(body: ValueBody) -> dict[str, Any]:
    """What was sent."""
    sent = body.model_dump(exclude_unset=True)
    return {key: value for key, value in sent.items() if value is not None and key != "type"}


def _checks(_state: Opportunity, body: ValueEntry, context: Context) -> Iterable[Fault]:
    found = read(body)
    if isinstance(found, tuple):
        return found
    above = context.question.next_plan
    if above is not None and found.currency != above.currency:
        return (Fault("/currency", f"must be the account's currency {above.currency}"),)
    return ()


def _made(state: Opportunity, body: ValueEntry, context: Context, _actor: Actor) -> Made:
    figures = read(body)
    assert isinstance(figures, types.ValueStated), "checked above"
    return Made(_version(state, _given(body), figures, context))


def _version(
    state: Opportunity, given: Mapping[str, Any], figures: types.ValueStated, context: Context
) -> dict[str, Any]:
    """Null where a price is custom, or nothing is above."""
    found = tried(context.question, figures, context.at)
    shown = found.json(context.account.locale) if isinstance(found, ValueCase) else None
    version = 1 + sum(1 for _ in state.of("value"))
    return {**given, "version": version, "value": shown}


def heard(state: Opportunity, figures: types.ValueStated, context: Context) -> Draft:
    """What somebody stated elsewhere, as the next version."""
    given = {
        key: value
        for key, value in msgspec.structs.asdict(figures).items()
        if value is not None and value != ()
    }
    given["hourly_rate"] = plain(figures.hourly_rate)
    if figures.activity is not None:
        given["activity"] = msgspec.structs.asdict(figures.activity)
    return Draft("value", _version(state, given, figures, context))


def _states(entry: Entry) -> Iterable[Statement]:
    yield "value.stated", figures_of(entry)


def lines(state: Opportunity, context: Context) -> Iterator[str]:
    """The newest case in five lines; then each version, with who gave its figures."""
    versions = [one for one in state.of("value") if one.body["value"] is not None]
    if versions:
        yield from in_words(versions[-1], context)
    for entry in versions:
        yield sentence("value.version", _told(entry, context), context.locale)


def in_words(entry: Entry, context: Context) -> Sequence[str]:
    """As it was reckoned then; in the language asked for, as long as nothing has changed since."""
    stored: Mapping[str, Any] = entry.body["value"]
    figures = types.read("value.stated", figures_of(entry))
    assert isinstance(figures, types.ValueStated), "it was one when it was stored"
    found = tried(context.question, figures, context.at)
    if isinstance(found, ValueCase):
        now = found.json(context.locale)
        if {**now, "lines": None} == {**stored, "lines": None}:
            return now["lines"]
    lines: Sequence[str] = stored["lines"]
    return lines


def _told(entry: Entry, context: Context) -> dict[str, Any]:
    said_by = entry.body.get("said_by")
    named = next((one.name for one in context.account.contacts if one.id == said_by), said_by)
    return {
        "version": entry.body["version"],
        "day": local_date(entry.at, context.account.time_zone).isoformat(),
        "who": named or entry.body["source"],
        "year": {
            "amount": entry.body["value"]["benefit"]["year"],
            "currency": entry.body["value"]["currency"],
        },
    }


def figures_of(entry: Entry) -> dict[str, Any]:
    return {key: value for key, value in entry.body.items() if key not in OWN}


def _shown(state: Opportunity, _context: Context) -> dict[str, Any]:
    versions = list(state.of("value"))
    return {"value": dict(versions[-1].body) if versions else None}


VALUE = EntryType("value", ValueEntry, checks=_checks, made=_made, shows=_shown, states=_states)
