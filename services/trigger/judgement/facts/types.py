"""The data of every fact type: fields, ranges and allowed values, checked before anything is
stored.

`read(type, data)` returns the typed data or raises `BadFact` naming field and reason. Unknown
fields are ignored, as everywhere in `/v1`.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec

from services.trigger.judgement.facts.record import Criterion, Reply, Severity, TicketClass
from shared.values.bodies import parse_when
from shared.values.bounds import OUTSIDE, is_dated
from shared.values.faults import Fault
from shared.values.json_tree import pointer, walk
from shared.values.quantities import bounded

Id = Annotated[
    str, msgspec.Meta(min_length=1, max_length=256, pattern=r"\A[^\x00-\x1f\x7f-\x9f]+\Z")
]
Text = Annotated[str, msgspec.Meta(max_length=10_000)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
_MOST_FAULTS = 100


LossReason = Literal[
    "price",
    "timing",
    "no_need",
    "budget",
    "competitor",
    "handoff_failure",
    "no_response",
    "superseded",
    "cancelled",
    "other",
]
"""Why an opportunity was lost."""


class BadFact(Exception):
    """A fact that cannot be used: the fault of each field (paths within the event)."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault.reason}" for fault in faults))
        self.faults = faults


class Data(msgspec.Struct, frozen=True):
    pass


class Login(Data, frozen=True):
    user: Id


class FeatureUse(Data, frozen=True):
    feature: Id
    user: Id | None = None
    text: Text | None = None


class TicketSorted(Data, frozen=True):
    ticket: Id
    cls: TicketClass = msgspec.field(name="class")
    severity: Severity | None = None
    feature: Id | None = None


class TicketStep(Data, frozen=True):
    ticket: Id


class Nps(Data, frozen=True):
    score: Annotated[int, msgspec.Meta(ge=0, le=10)]
    contact: Id | None = None
    comment: Text | None = None


class Csat(Data, frozen=True):
    score: Annotated[int, msgspec.Meta(ge=1, le=5)]
    contact: Id | None = None
    comment: Text | None = None


class TeamGrowth(Data, frozen=True):
    count: Count
    role: Id | None = None


class ComplianceNeed(Data, frozen=True):
    framework: Id
    deadline: date | None = None


class BudgetStated(Data, frozen=True):
    status: Literal["yes", "no"]
    said_by: Id
    amount: Decimal | None = None


class CancelIntent(Data, frozen=True):
    reason: Text | None = None


class Offered(Data, frozen=True):
    plan: Id
    price: Decimal | None = None


class SubscriptionChange(Data, frozen=True):
    """The body of a subscription over HTTP; the module for subscriptions reads it."""


class ContactChoice(Data, frozen=True):
    contact: Id
    scope: Id | None = None


class Evidence(Data, frozen=True):
    criterion: Criterion
    kind: Id
    text: Text
    verdict: Literal["yes", "no"] | None = None
    said_by: Id | None = None


class NeedStated(Data, frozen=True):
    feature: Id | None = None
    meter: Id | None = None
    text: Text | None = None
    said_by: Id | None = None


class Activity(msgspec.Struct, frozen=True):
    en: Text
    ja: Text


class ValueStated(Data, frozen=True):
    hours: Decimal
    hours_basis: Literal["per_person", "team_total"]
    hours_period: Literal["week", "month"]
    hourly_rate: Decimal
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    source: Literal["customer_stated", "measured", "assumed"]
    members: Count | None = None
    activity: Activity | None = None
    automation_rate: Decimal | None = None
    assumed: tuple[Literal["members", "hours", "hourly_rate", "automation_rate"], ...] = ()
    said_by: Id | None = None


class Answered(Data, frozen=True):
    """`reason`: why it was declined; `proposal`: which one, instead of the newest."""

    answer: Reply
    contact: Id | None = None
    reason: LossReason | None = None
    proposal: Id | None = None


class Viewed(Data, frozen=True):
    """A contact has read this proposal, or followed its link."""

    proposal: Id
    contact: Id | None = None


class DealStated(Data, frozen=True):
    stakeholders: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None
    approval_days: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    custom_terms: bool | None = None
    complex: bool | None = None
    relationship: Literal["operational", "strategic"] | None = None


class TaskTaken(Data, frozen=True):
    """Of a task in another system. `key`: the task's id; `by`: the id or the address of whoever it
    was.
    """

    key: Id
    by: Id | None = None


class TaskSnoozed(Data, frozen=True):
    """`until`: a moment, or a day."""

    key: Id
    until: Text | None = None
    by: Id | None = None


class TaskDone(Data, frozen=True):
    key: Id
    outcome: Literal["success", "no_success", "invalid"] = "success"
    by: Id | None = None


class ContactUnreachable(Data, frozen=True):
    contact: Id
    reason: Text


TYPES: Mapping[str, type[Data]] = {
    "login.recorded": Login,
    "feature.used": FeatureUse,
    "feature.gated": FeatureUse,
    "feature.requested": FeatureUse,
    "ticket.opened": TicketSorted,
    "ticket.classified": TicketSorted,
    "ticket.answered": TicketStep,
    "ticket.closed": TicketStep,
    "nps.responded": Nps,
    "csat.responded": Csat,
    "team.growth": TeamGrowth,
    "compliance.need": ComplianceNeed,
    "budget.stated": BudgetStated,
    "cancel.intent": CancelIntent,
    "quote.presented": Offered,
    "contract.signed": Offered,
    "subscription.changed": SubscriptionChange,
    "subscription.renewed": SubscriptionChange,
    "subscription.cancelled": SubscriptionChange,
    "contact.unsubscribed": ContactChoice,
    "contact.objected": ContactChoice,
    "evidence.recorded": Evidence,
    "need.stated": NeedStated,
    "value.stated": ValueStated,
    "proposal.answered": Answered,
    "proposal.viewed": Viewed,
    "deal.stated": DealStated,
    "task.taken": TaskTaken,
    "task.snoozed": TaskSnoozed,
    "task.done": TaskDone,
    "contact.unreachable": ContactUnreachable,
}

ROUTINE = frozenset({"login.recorded", "feature.used", "feature.gated"})
"""High-volume types that raise nothing: they produce a decision only if they clear a block."""

QUIET = ROUTINE | {
    "proposal.viewed",
    "task.taken",
    "task.snoozed",
    "task.done",
    "contact.unreachable",
}
"""Types about which nothing is decided when they arrive."""

_MISSING = "Object missing required field `"
_WRONG_WORD = "Invalid enum value"
"""The value follows this; no fault repeats what a customer wrote."""


def read(type_: str, data: Mapping[str, Any]) -> Data:
    """Raises BadFact for an unknown type, a missing or wrong field, or an invalid amount."""
    shape = TYPES.get(type_)
    if shape is None:
        raise BadFact(Fault("/type", f"is not a type of account fact: one of {', '.join(TYPES)}"))
    if faults := tuple(islice(_unstorable(data), _MOST_FAULTS)):
        raise BadFact(*faults)
    try:
        found = msgspec.convert(
            {name: _whole(value) for name, value in data.items()}, shape, strict=True
        )
    except msgspec.ValidationError as fault:
        raise BadFact(_fault(str(fault))) from fault
    if faults := tuple(Fault(f"/data/{field}", reason) for field, reason in _senseless(found)):
        raise BadFact(*faults)
    return found


def _whole(value: Any) -> Any:
    """9.0 is 9: clients whose language has only one number type write it so."""
    return (
        int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value
    )


def _unstorable(data: Mapping[str, Any]) -> Iterator[Fault]:
    """The event is stored as it arrived, with unknown fields.

    PostgreSQL cannot store NUL characters, or numbers of any size.
    """
    for value, trail, _ in walk(data):
        if reason := _unstorable_reason(value):
            yield Fault("/data" + pointer(trail), reason)


def _unstorable_reason(value: Any) -> str | None:
    match value:
        case str():
            return "holds a NUL character" if "\0" in value else None
        case dict():
            return "holds a NUL character" if any("\0" in name for name in value) else None
        case int() | Decimal():
            return _out_of_bounds(Decimal(value))
    return None


def _out_of_bounds(amount: Decimal) -> str | None:
    try:
        bounded(amount)
    except ValueError as error:
        return str(error)
    return None


def _fault(message: str) -> Fault:
    """msgspec says "Expected `int` <= 10 - at `$.score`": its path becomes a JSON pointer into the
    event, even to a missing field.
    """
    reason, _, path = message.partition(" - at `$")
    if reason.startswith(_MISSING):
        reason, path = "is missing", f"{path}.{reason.removeprefix(_MISSING)}"
    elif reason.startswith(_WRONG_WORD):
        reason = "is not one of the allowed values"
    return Fault(
        "/data" + path.replace("`", "").replace(".", "/").replace("[", "/").replace("]", ""), reason
    )


def _senseless(data: Data) -> list[tuple[str, str]]:
    """Faults that the field types cannot express."""
    match data:
        case Offered(price=Decimal() as price):
            return _amount("price", price)
        case BudgetStated(amount=Decimal() as amount):
            return _amount("amount", amount)
        case ComplianceNeed(deadline=date() as deadline) if not is_dated(deadline):
            return [("deadline", OUTSIDE)]
        case NeedStated(feature=None, meter=None):
            return [("feature", "a need names a feature or a meter")]
        case NeedStated(feature=str(), meter=str()):
            return [("meter", "a need names a feature or a meter, not both")]
        case ValueStated():
            return _value(data)
        case TaskSnoozed(until=str() as until):
            return _when("until", until)
        case _:
            return []


def _when(field: str, raw: str) -> list[tuple[str, str]]:
    try:
        parse_when(raw)
    except ValueError as error:
        return [(field, str(error))]
    return []


def _amount(field: str, amount: Decimal) -> list[tuple[str, str]]:
    if reason := _out_of_bounds(amount):
        return [(field, reason)]
    return [(field, "must not be negative")] if amount < 0 else []


def _value(data: ValueStated) -> list[tuple[str, str]]:
    rate = [] if data.automation_rate is None else _amount("automation_rate", data.automation_rate)
    found = [*_amount("hours", data.hours), *_amount("hourly_rate", data.hourly_rate), *rate]
    if not found and (data.hours == 0 or data.hours > 24 * 31 * (data.members or 1_000_000)):
        found.append(("hours", "must be above 0 and at most 744 for each member"))
    if data.hours_basis == "per_person" and data.members is None:
        found.append(("members", "is required if hours are per person"))
    if not rate and data.automation_rate is not None and not 0 < data.automation_rate <= 1:
        found.append(("automation_rate", "must be above 0 and at most 1"))
    return found
