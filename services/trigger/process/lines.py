"""The lines of a deal: what is sold, for how much a year, and whether it may be promised."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from services.trigger.accounts import Subscription
from services.trigger.judgement.economics.prices import unit_price, yearly_price
from services.trigger.judgement.findings import needs
from services.trigger.judgement.findings.expansion import brings
from services.trigger.judgement.findings.routing import discount_needs_approval
from services.trigger.process import money
from shared.catalog import Catalog, Plan, Policy
from shared.values.money import money_text, round_money
from shared.values.quantities import EXACT

LineType = Literal["plan_upgrade", "downsell", "seat_expansion", "add_on", "cross_sell"]
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """`year` None: the price is custom and nobody has named one. `held`: how many of the item they
    had when the line was made; it is won once they have `quantity` more.
    """

    id: str
    type: LineType
    item: str
    quantity: int
    list_year: Decimal | None
    currency: str
    discount_pct: Decimal = NOTHING
    approved: bool = True
    year: Decimal | None = None
    retained_year: Decimal | None = None
    state: Literal["open", "won", "lost"] = "open"
    won_at: str | None = None
    held: int = 0

    @property
    def sells_plan(self) -> bool:
        return self.type in ("plan_upgrade", "downsell")

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Line":
        return cls(
            id=body["id"],
            type=body["type"],
            item=body["item"],
            quantity=body["quantity"],
            list_year=money.read(body["list_year"]),
            currency=body["currency"],
            discount_pct=Decimal(body["discount_pct"]),
            approved=body["approved"],
            year=money.read(body["year"]),
            retained_year=money.read(body["retained_year"]),
            state=body["state"],
            won_at=body["won_at"],
            held=body["held"],
        )

    def stored(self) -> dict[str, Any]:
        return {**self.json(), "currency": self.currency, "held": self.held}

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": self.type,
            "item": self.item,
            "quantity": self.quantity,
            "list_year": money.said(self.list_year, self.currency),
            "discount_pct": money.percent_text(self.discount_pct),
            "approved": self.approved,
            "year": money.said(self.year, self.currency),
            "retained_year": money.said(self.retained_year, self.currency),
            "state": self.state,
            "won_at": self.won_at,
        }


@dataclass(frozen=True, slots=True)
class Shop:
    """What the customer of a deal can buy: beside `plan`, which is the deal's target."""

    catalog: Catalog
    plan: Plan
    own: Plan | None
    subscription: Subscription | None

    def sells(self, item: str) -> bool:
        if item in self.catalog.plans:
            one = self.catalog.plans[item]
            return self.own is not None and one.family == self.own.family and one.id != self.own.id
        return item in self.plan.extra or (
            item in self.catalog.add_ons and self.plan.id in self.catalog.add_ons[item].plans
        )

    def type_of(self, item: str) -> LineType:
        if item in self.catalog.plans:
            above = self.own is None or self.catalog.plans[item].rank > self.own.rank
            return "plan_upgrade" if above else "downsell"
        brought = brings(self.catalog, self.plan, item)
        if needs.people_meter(self.catalog) in brought:
            return "seat_expansion"
        return "add_on" if brought else "cross_sell"

    def list_year(self, item: str, quantity: int) -> Decimal | None:
        """Of a plan the difference to the own one. None: the price is custom."""
        target = self.catalog.plans.get(item)
        if target is None:
            price = unit_price(self.catalog, self.plan, item)
            return None if price is None else EXACT.multiply(price.yearly, Decimal(quantity))
        own = NOTHING if self.own is None else yearly_price(self.own, self.subscription)
        if target.price is None or own is None:
            return None
        return EXACT.multiply(EXACT.subtract(target.price.yearly, own), Decimal(quantity))

    def retained_year(self, item: str, quantity: int) -> Decimal | None:
        target = self.catalog.plans[item]
        return (
            None if target.price is None else EXACT.multiply(target.price.yearly, Decimal(quantity))
        )

    def line(
        self,
        id: str,
        item: str,
        quantity: int | None = None,
        discount: Decimal = NOTHING,
        named: Decimal | None = None,
    ) -> Line:
        """`named`: the yearly price that somebody agreed on where the list has none."""
        type_, running = self.type_of(item), self.subscription
        is_plan = item in self.catalog.plans
        # A plan is sold for as many as there are.
        count = (running.quantity if running else 1) if is_plan else (quantity or 1)
        year = self.list_year(item, count)
        found = Line(
            id=id,
            type=type_,
            item=item,
            quantity=count,
            list_year=year,
            currency=self.plan.currency,
            discount_pct=discount,
            year=named if year is None else None,
            retained_year=self.retained_year(item, count) if type_ == "downsell" else None,
            held=running.add_ons.get(item, 0) if running else 0,
        )
        return priced(found)


def priced(line: Line) -> Line:
    """`year` from the list and the discount; a custom price stays as it was named."""
    if line.list_year is None:
        named = None if line.year is None else round_money(line.year, line.currency)
        return replace(line, year=named)
    left = EXACT.subtract(money.HUNDRED, line.discount_pct)
    return replace(line, year=money.part(line.list_year, left, line.currency))


def undiscounted(line: Line) -> Line:
    return priced(replace(line, discount_pct=NOTHING))


def is_promised(line: Line, role: str, policy: Policy) -> bool:
    """A CSM alone may give only so much."""
    return role != "cs" or not discount_needs_approval(line.discount_pct, policy)


def added(lines: Sequence[Line], line: Line) -> tuple[Line, ...]:
    """The line takes the place of the one with its id, or comes last."""
    if any(one.id == line.id for one in lines):
        return tuple(line if one.id == line.id else one for one in lines)
    return (*lines, line)


def amount(lines: Iterable[Line]) -> Decimal | None:
    """A year of all that is not lost; None if one of them has no price yet."""
    total = NOTHING
    for line in lines:
        if line.state != "lost":
            if line.year is None:
                return None
            total = EXACT.add(total, line.year)
    return total


def deal_value(judged: Decimal | None, lines: Iterable[Line], about: str) -> Decimal | None:
    """What decides whose deal it is: judgement's figure, and what was added beside it. `about`:
    the item that judgement's figure is for.
    """
    if judged is None:
        return None
    beside = (
        line.year
        for line in lines
        if line.item != about and line.state == "open" and line.year is not None and line.year > 0
    )
    return sum(beside, judged)


def amount_json(lines: Iterable[Line], currency: str) -> dict[str, str | None]:
    year = amount(lines)
    return {
        "year": money.said(year, currency),
        "month": money.said(money.monthly(year, currency), currency),
    }


def won_year(lines: Iterable[Line]) -> Decimal:
    years = (line.year for line in lines if line.state == "won" and line.year is not None)
    return sum(years, NOTHING)


def credit_json(shares: Sequence[Any], won: Decimal, currency: str) -> list[dict[str, str]]:
    """Each share of what was won, rounded; what rounding leaves goes to the first."""
    parts = [money.part(won, one.pct, currency) for one in shares]
    if parts and sum((one.pct for one in shares), NOTHING) == money.HUNDRED:
        parts[0] = EXACT.add(parts[0], EXACT.subtract(won, sum(parts, NOTHING)))
    return [
        {
            "person": one.person,
            "pct": money.percent_text(one.pct),
            "year": money_text(part, currency),
        }
        for one, part in zip(shares, parts, strict=True)
    ]
