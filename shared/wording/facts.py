"""The facts of a message as values (docs/data.md, "Facts of a message").

Amounts are exact; unknown fields are ignored, so that sender and reader may have different
versions.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from shared.messages import Kind
from shared.values.colors import COLOR
from shared.values.periods import Reset
from shared.values.quantities import EXACT
from shared.values.roles import BUYERS


class Name(msgspec.Struct, frozen=True):
    en: str
    ja: str


class AccountFacts(msgspec.Struct, frozen=True):
    id: str
    name: str
    locale: str = "en"
    time_zone: str = "UTC"


class MeterFacts(msgspec.Struct, frozen=True):
    id: str
    unit: str
    name: Name
    reset: Reset
    enforcement: Literal["soft", "hard"] = "soft"

    @property
    def variable(self) -> dict[str, Any]:
        """The form of a meter in sentences."""
        return {"id": self.id, "unit": self.unit, "name": {"en": self.name.en, "ja": self.name.ja}}


class AbsoluteThreshold(msgspec.Struct, frozen=True):
    at: Decimal


class PeriodFacts(msgspec.Struct, frozen=True):
    start: datetime
    end: datetime


class LinkFacts(msgspec.Struct, frozen=True):
    upgrade: str | None = None
    usage: str | None = None


class PersonFacts(msgspec.Struct, frozen=True):
    """The CSM to ask; or the account's own administrator, whom a member asks."""

    name: str
    email: str | None = None


class SenderFacts(msgspec.Struct, frozen=True):
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


class PriceStepFacts(msgspec.Struct, frozen=True):
    """The price of all units per interval after the step; `difference`: how much more than now,
    None if unknown.
    """

    interval: Literal["month", "year"]
    price: Decimal
    currency: str
    difference: Decimal | None = None


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


class SaidFacts(msgspec.Struct, frozen=True):
    key: str
    variables: dict[str, Any] = {}


class ValueFacts(msgspec.Struct, frozen=True):
    """The part of the value case that is not in its sentences: the assumed inputs (R-114)."""

    assumed: tuple[str, ...] = ()


class ProposalFacts(msgspec.Struct, frozen=True):
    """A plan, or an add-on to the current one.

    `limit` is its limit for the message's meter, None for unlimited; without a meter it is
    meaningless.
    """

    plan: OfferedPlan | None = None
    add_on: AddOnFacts | None = None
    price_step: PriceStepFacts | None = None
    limit: Decimal | None = None
    sentences: tuple[SaidFacts, ...] = ()
    value: ValueFacts | None = None
    self_serve: bool = True


class TaskFacts(msgspec.Struct, frozen=True):
    happened: tuple[SaidFacts, ...] = ()
    why_now: tuple[SaidFacts, ...] = ()
    say: tuple[SaidFacts, ...] = ()
    do_not_say: tuple[SaidFacts, ...] = ()
    next_step: tuple[SaidFacts, ...] = ()


class Facts(msgspec.Struct, frozen=True):
    account: AccountFacts
    meter: MeterFacts | None = None
    used: Decimal = Decimal(0)
    limit: Decimal | None = None
    percent: int | None = None
    threshold: int | AbsoluteThreshold | None = None
    again: bool = False
    period: PeriodFacts | None = None
    links: LinkFacts = LinkFacts()
    owner: PersonFacts | None = None
    admin: PersonFacts | None = None
    sender: SenderFacts | None = None
    add_on: AddOnFacts | None = None
    brand: BrandFacts | None = None
    proposal: ProposalFacts | None = None
    task: TaskFacts | None = None

    @property
    def level(self) -> int | Decimal | None:
        """The threshold as a percentage (int) or an amount (Decimal)."""
        return (
            self.threshold.at if isinstance(self.threshold, AbsoluteThreshold) else self.threshold
        )

    @property
    def level_percent(self) -> int | None:
        """The threshold as a percentage of the limit, rounded down; None if there is none."""
        level = self.level
        if not isinstance(level, Decimal):
            return level
        return (
            int(EXACT.divide_int(EXACT.multiply(level, Decimal(100)), self.limit))
            if self.limit
            else None
        )

    def for_reader(self, kind: Kind, role: str) -> "Facts":
        """The facts for this reader: a reader who may not buy gets no offer and no link to buy."""
        if role in BUYERS and (self.proposal is not None or kind == "upgrade.proposal"):
            return self
        return msgspec.structs.replace(self, proposal=None, links=LinkFacts(usage=self.links.usage))


def read_facts(raw: dict[str, Any]) -> Facts:
    """`Tell.facts` as values; msgspec.ValidationError names an invalid field. Null means the
    default if there is one.
    """
    facts = msgspec.convert(
        {name: value for name, value in raw.items() if value is not None}, Facts
    )
    links = LinkFacts(_web_address(facts.links.upgrade), _web_address(facts.links.usage))
    return msgspec.structs.replace(facts, links=links, brand=facts.brand and _safe(facts.brand))


def _web_address(url: str | None) -> str | None:
    """Only http and https URLs are clickable."""
    return url if url and url.startswith(("https://", "http://")) else None


def _safe(brand: BrandFacts) -> BrandFacts:
    """Only a logo with an https URL and a six-digit colour reach a mail."""
    logo = brand.logo if brand.logo and brand.logo.startswith("https://") else None
    return BrandFacts(
        brand.name, logo, brand.color if brand.color and COLOR.fullmatch(brand.color) else None
    )
