"""The facts of a message: what trigger builds, and what words are made of. Pure.

The whole of it is a table of docs/data.md, "Facts of a message".

A field with a default is left out if it has that value; a field without one is always written, also
as null. `Facts` is what a reader can rely on; trigger builds the more exact `AboutAccount`,
`AboutUsage` and `NoticeFacts`. Amounts are exact decimal text. Unknown fields are ignored, so that
sender and reader may have different versions.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from shared.values.periods import Reset
from shared.values.quantities import EXACT

AmountText = Annotated[str, msgspec.Meta(pattern=r"\A-?[0-9]+(\.[0-9]+)?\Z")]
"""An exact decimal number, such as `9000000000` or `0.5` (`shared.values.quantities.plain`)."""


class Name(msgspec.Struct, frozen=True):
    en: str
    ja: str


class AccountFacts(msgspec.Struct, frozen=True):
    id: str
    name: str
    locale: str = "en"
    time_zone: str = "UTC"
    country: str | None = None
    currency: str | None = None


class MeterName(msgspec.Struct, frozen=True):
    """The form of a meter in sentences."""

    id: str
    unit: str
    name: Name


Enforcement = Literal["soft", "hard"]


class MeterFacts(MeterName, frozen=True, kw_only=True, omit_defaults=True):
    reset: Reset
    enforcement: Enforcement = "soft"

    @property
    def variable(self) -> dict[str, Any]:
        """The form of a meter in sentences."""
        return {"id": self.id, "unit": self.unit, "name": {"en": self.name.en, "ja": self.name.ja}}


class NoticeMeter(MeterFacts, frozen=True, kw_only=True):
    """The meter of a usage notice."""

    enforcement: Enforcement


class AbsoluteThreshold(msgspec.Struct, frozen=True, omit_defaults=True):
    """An amount, or how much within an hour: one of the two, the other is empty."""

    at: AmountText = ""
    per_hour: AmountText = ""

    def __post_init__(self) -> None:
        if bool(self.at) == bool(self.per_hour):
            raise ValueError("needs at or per_hour")


ThresholdFacts = int | AbsoluteThreshold
"""A percentage of the limit, an amount, or a rate."""


class PeriodFacts(msgspec.Struct, frozen=True):
    start: datetime
    end: datetime


class PlanFacts(msgspec.Struct, frozen=True):
    id: str
    name: Name


class LinkFacts(msgspec.Struct, frozen=True):
    """`upgrade`: with account and plan filled in, or where the offered add-on is bought."""

    upgrade: str | None = None
    usage: str | None = None


class PersonFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of our people; or the account's own administrator, whom a member asks."""

    name: str
    email: str | None = None


class OwnerFacts(PersonFacts, frozen=True):
    """Whom a usage notice names."""

    email: str | None


class SenderFacts(msgspec.Struct, frozen=True):
    """At the end of mails that offer something."""

    name: str
    address: str
    contact: str


class BrandFacts(msgspec.Struct, frozen=True):
    """The product's brand. `logo` is an https URL, `color` is like `#0b57d0`."""

    name: Name
    logo: str | None = None
    color: str | None = None


class PriceFacts(msgspec.Struct, frozen=True):
    month: Decimal | None = None
    year: Decimal | None = None


class OfferedPlan(msgspec.Struct, frozen=True):
    id: str
    name: Name
    price: PriceFacts | None = None
    currency: str = "USD"


class PriceStepFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The price of all units per interval after the step; `difference`: how much more than now,
    None if unknown.
    """

    interval: Literal["month", "year"]
    price: Decimal
    difference: Decimal | None = None
    currency: str


class ItemName(msgspec.Struct, frozen=True):
    """The form of an add-on in sentences."""

    name: Name
    quantity: int = 1
    unit: str | None = None


class AddOnFacts(msgspec.Struct, frozen=True):
    """What is sold in addition to a plan: an add-on, or single units of a meter (then `unit` is the
    meter's).
    """

    id: str
    name: Name
    quantity: int = 1
    unit: str | None = None

    @property
    def variable(self) -> dict[str, Any]:
        """Its form in sentences."""
        return {
            "name": {"en": self.name.en, "ja": self.name.ja},
            "quantity": self.quantity,
            "unit": self.unit,
        }


class MoneyFacts(msgspec.Struct, frozen=True):
    """A sum in a sentence."""

    amount: str
    currency: str


Variable = (
    str
    | int
    | Decimal
    | Name
    | MeterName
    | ItemName
    | MoneyFacts
    | PersonFacts
    | AbsoluteThreshold
    | list[Name | str]
    | None
)


class SaidFacts(msgspec.Struct, frozen=True):
    """A sentence by its key. Each variable is a `Variable`, in JSON once it was read."""

    key: str
    variables: dict[str, Any] = {}


class ValueFacts(msgspec.Struct, frozen=True):
    """The part of the value case that is not in its sentences: the assumed inputs (R-114)."""

    assumed: tuple[str, ...] = ()


class ProposalFacts(msgspec.Struct, frozen=True):
    """A plan, or an add-on to the current one.

    `limit` is its limit for the message's meter, None for unlimited; without a meter it is
    meaningless. `holidays`: whether a mail about it waits on them.
    """

    plan: OfferedPlan | None = None
    add_on: AddOnFacts | None = None
    current: OfferedPlan | None = msgspec.field(name="from", default=None)
    price_step: PriceStepFacts | None = None
    limit_text: AmountText | None = msgspec.field(name="limit", default=None)
    reasons: tuple[str, ...] = ()
    scenario: str | None = None
    sentences: tuple[SaidFacts, ...] = ()
    value: ValueFacts | None = None
    self_serve: bool = True
    holidays: bool = False

    @property
    def limit(self) -> Decimal | None:
        return None if self.limit_text is None else Decimal(self.limit_text)


class TaskFacts(msgspec.Struct, frozen=True):
    """The five lines of a task."""

    happened: tuple[SaidFacts, ...] = ()
    why_now: tuple[SaidFacts, ...] = ()
    say: tuple[SaidFacts, ...] = ()
    do_not_say: tuple[SaidFacts, ...] = ()
    next_step: tuple[SaidFacts, ...] = ()


class SignedFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who signs a mail: the owner of the opportunity when it is sent, or `signer`, a person's id,
    whoever has it by then. Names and addresses are looked up on sending. `copy_to`: a person's id.
    `by`: who signed it as it was handed over, which the notifier notes.
    """

    opportunity: str
    signer: str | None = None
    copy_to: str | None = None
    by: str | None = None


Worded = str | SaidFacts
"""A text as a person wrote it, or a sentence in the reader's language."""


class LetterFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one of our people writes. `body`: paragraphs; `contact` in a sentence is the reader.
    `holidays`: whether a letter that offers something waits on them.
    """

    subject: Worded
    body: tuple[Worded, ...]
    holidays: bool = False


class ChangedFacts(msgspec.Struct, frozen=True):
    """A log that grew. `subject`: its id; `data`: JSON, what `GET` shows and the new entry."""

    subject: str
    data: Any


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`sender` null: the policy names none; absent: nothing is offered."""

    account: AccountFacts
    meter: MeterFacts | None = None
    used_text: AmountText = msgspec.field(name="used", default="0")
    limit_text: AmountText | None = msgspec.field(name="limit", default=None)
    percent: int | None = None
    threshold: ThresholdFacts | None = None
    again: bool = False
    period: PeriodFacts | None = None
    plan: PlanFacts | None = None
    links: LinkFacts = LinkFacts()
    owner: PersonFacts | None = None
    admin: PersonFacts | None = None
    brand: BrandFacts | None = None
    proposal: ProposalFacts | None = None
    add_on: AddOnFacts | None = None
    task: TaskFacts | None = None
    signed: SignedFacts | None = None
    letter: LetterFacts | None = None
    changed: ChangedFacts | None = None
    sender: SenderFacts | UnsetType | None = UNSET

    @property
    def used(self) -> Decimal:
        return Decimal(self.used_text)

    @property
    def limit(self) -> Decimal | None:
        return None if self.limit_text is None else Decimal(self.limit_text)

    @property
    def level(self) -> int | Decimal | None:
        """The threshold as a percentage (int) or an amount (Decimal); a rate is no level."""
        if not isinstance(self.threshold, AbsoluteThreshold):
            return self.threshold
        return Decimal(self.threshold.at) if self.threshold.at else None

    @property
    def rate(self) -> Decimal | None:
        """The threshold, if it is how much within an hour; then `used` is of that hour."""
        found = self.threshold
        rate = found.per_hour if isinstance(found, AbsoluteThreshold) else ""
        return Decimal(rate) if rate else None

    @property
    def level_percent(self) -> int | None:
        """The threshold as a percentage of the limit, rounded down; None if there is none."""
        level, limit = self.level, self.limit
        if not isinstance(level, Decimal):
            return level
        return int(EXACT.divide_int(EXACT.multiply(level, Decimal(100)), limit)) if limit else None


class AboutAccount(Facts, frozen=True, kw_only=True):
    """What every message contains."""

    plan: PlanFacts | None
    links: LinkFacts
    owner: PersonFacts | None
    admin: PersonFacts | None
    proposal: ProposalFacts | None


class AboutUsage(AboutAccount, frozen=True, kw_only=True):
    """A message with a meter."""

    meter: MeterFacts
    used_text: AmountText = msgspec.field(name="used")
    limit_text: AmountText | None = msgspec.field(name="limit")
    percent: int | None
    threshold: ThresholdFacts | None
    period: PeriodFacts | None


class NoticeFacts(AboutUsage, frozen=True, kw_only=True):
    """A notice about usage."""

    meter: NoticeMeter
    again: bool


def read_facts(json: Mapping[str, Any]) -> Facts:
    """The JSON of a message's facts as values; msgspec.ValidationError names an invalid field. Null
    means the default if there is one.
    """
    return msgspec.convert(
        {name: value for name, value in json.items() if value is not None}, Facts
    )


def read_threshold(json: object) -> ThresholdFacts | None:
    """The JSON of a message's threshold as a value."""
    found: ThresholdFacts | None = msgspec.convert(json, ThresholdFacts | None)
    return found
