"""The state of an opportunity: what its entries come to, and what the first of them says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.trigger.process import lines
from services.trigger.process.lines import Line
from services.trigger.process.log.entries import Entry
from services.trigger.process.money import read

CLOSED = frozenset({"closed_won", "closed_lost"})
HANDED_ON = frozenset({"sales", "hybrid"})
DOWNSELL = "cancel_intent"
"""The reason of a deal that keeps a customer on a lower plan."""


@dataclass(frozen=True, slots=True)
class Owner:
    """`role`: by which rule it is whose; `id` None: nobody yet, or nobody at all (self-serve)."""

    role: str
    id: str | None = None
    name: str | None = None

    def json(self) -> dict[str, Any]:
        return {"role": self.role, "id": self.id, "name": self.name}


@dataclass(frozen=True, slots=True)
class Loss:
    reason: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Whose credit a deal is, in percent with two decimals."""

    person: str
    pct: Decimal


@dataclass(frozen=True, slots=True)
class Opportunity:
    """`judged`: the yearly amount that judgement or the one who began it saw in the plan's step.

    `set_by_person`: a person put it into its stage. `last_due`: the latest day that any next step
    was ever due. `entries`: all of them, for types of which the rest of the state knows nothing.
    """

    id: str
    account: str
    from_plan: str | None
    to_plan: str
    add_on: str | None
    stage: str
    stage_since: datetime
    owner: Owner
    owner_rule: str
    reasons: tuple[str, ...]
    scenarios: tuple[str, ...]
    decision: str | None
    judged: Decimal | None
    currency: str
    created_at: datetime
    set_by_person: bool = False
    closed_at: datetime | None = None
    loss: Loss | None = None
    lines: tuple[Line, ...] = ()
    credit: tuple[Share, ...] = ()
    next_step: Mapping[str, Any] | None = None
    last_due: date | None = None
    external_ids: tuple[tuple[str, str], ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def revision(self) -> int:
        return self.entries[-1].seq if self.entries else 0

    @property
    def is_closed(self) -> bool:
        return self.stage in CLOSED

    @property
    def standing(self) -> str:
        return self.stage

    def grown(self, entry: Entry) -> "Opportunity":
        """With the entry as its newest."""
        return replace(self, entries=(*self.entries, entry))

    @property
    def has_person(self) -> bool:
        """Whether a person, or a key that acts for one, has an entry."""
        return any(one.by.kind != "plimsoll" for one in self.entries)

    @property
    def is_downsell(self) -> bool:
        return DOWNSELL in self.reasons

    @property
    def deal_value(self) -> Decimal | None:
        return lines.deal_value(self.judged, self.lines, self.add_on or self.to_plan)

    def of(self, *types: str) -> Iterator[Entry]:
        """The entries of these types, oldest first."""
        return (one for one in self.entries if one.type in types)

    def line(self, item: str) -> Line | None:
        """The open line of this item."""
        return next((one for one in self.lines if one.item == item and one.state == "open"), None)


def opened(entry: Entry, account: str, subject: str) -> Opportunity:
    """The state that the first entry of a log describes."""
    body = entry.body
    return Opportunity(
        id=subject,
        account=account,
        from_plan=body["from_plan"],
        to_plan=body["to_plan"],
        add_on=body["add_on"],
        stage=body["stage"],
        stage_since=moment(body.get("stage_since")) or entry.at,
        owner=Owner(**body["owner"]),
        owner_rule=body["owner_rule"],
        reasons=tuple(body["reasons"]),
        scenarios=tuple(body["scenarios"]),
        decision=body["decision"],
        judged=read(body["deal_value"]),
        currency=body["currency"],
        created_at=moment(body.get("created_at")) or entry.at,
        lines=tuple(Line.of(one) for one in body["lines"]),
        entries=(entry,),
    )


def with_reason(state: Opportunity, entry: Entry) -> Opportunity:
    """Judgement has a new cause for the same deal."""
    body = entry.body
    return replace(
        state,
        reasons=tuple(body["reasons"]),
        scenarios=tuple(body["scenarios"]),
        judged=read(body["deal_value"]),
    )


def routed(state: Opportunity, entry: Entry) -> Opportunity:
    """Where Sales close, no discount waits for an approval (see `lines.is_promised`)."""
    body, owner = entry.body, Owner(**entry.body["owner"])
    held = state.lines
    if owner.role in HANDED_ON:
        held = tuple(replace(one, approved=True) for one in held)
    return replace(state, owner=owner, owner_rule=body["rule"], lines=held)


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
