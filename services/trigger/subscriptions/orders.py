"""Orders: the subscription that a request or `subscription.changed` asks for, and its checks."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, WithJsonSchema
from typing_extensions import TypedDict

from services.trigger.accounts import Next, Subscription
from shared.answers import DayText, MoneyText
from shared.catalog import Catalog
from shared.values.faults import Fault, pointer_part
from shared.values.money import minor_digits, money_text, read_money
from shared.web import Body, Day, Identifier, Moment

MOST = 1_000_000_000
_MOST_ADD_ONS = 1_000


Money = Annotated[
    Decimal, BeforeValidator(read_money), WithJsonSchema({"type": "string", "examples": ["49.00"]})
]
Count = Annotated[int, Field(ge=0, le=MOST)]


_ANCHOR = (
    "Where billing periods and the windows of meters begin; null: `started_at`. "
    "If it changes later, usage moves by whole hours, each to the period that contains its start."
)


class Order(Body):
    """Defaults: `anchor` is `started_at`, `renewal_date` its anniversary, `price` the plan's."""

    plan: Identifier
    started_at: Moment
    anchor: Annotated[Moment | None, Field(description=_ANCHOR)] = None
    interval: Literal["day", "week", "month", "year"] = "month"
    quantity: Annotated[int, Field(ge=1, le=MOST)] = 1
    renewal_date: Day | None = None
    add_ons: Annotated[dict[Identifier, Count], Field(max_length=_MOST_ADD_ONS)] = Field(
        default_factory=dict
    )
    price: Money | None = None

    def subscription(self, version: int, said_at: datetime) -> Subscription:
        return Subscription(
            plan=self.plan,
            catalog_version=version,
            started_at=self.started_at,
            anchor=self.anchor,
            interval=self.interval,
            quantity=self.quantity,
            renewal_date=self.renewal_date,
            add_ons={key: count for key, count in sorted(self.add_ons.items()) if count},
            price=self.price,
            changed_at=said_at,
        )

    @classmethod
    def of(cls, subscription: Subscription) -> "Order":
        """The order that would create it."""
        return cls(
            plan=subscription.plan,
            started_at=subscription.started_at,
            anchor=subscription.anchor,
            interval=subscription.interval,
            quantity=subscription.quantity,
            renewal_date=subscription.renewal_date,
            add_ons=dict(subscription.add_ons),
            price=subscription.price,
        )

    def faults(self, catalog: Catalog) -> list[Fault]:
        """What the catalogue version does not offer."""
        return list(self._faults(catalog))

    def _faults(self, catalog: Catalog) -> Iterator[Fault]:
        plan = catalog.plans.get(self.plan)
        if plan is None:
            yield Fault("/plan", f"is not one of the catalogue's plans: {', '.join(catalog.plans)}")
            return
        for key in self.add_ons:
            path = f"/add_ons{pointer_part(key)}"
            add_on = catalog.add_ons.get(key)
            if add_on is None and key not in plan.extra:
                yield Fault(
                    path,
                    "the catalogue has no such add-on, "
                    "and the plan sells no extra units of such a meter",
                )
            elif add_on is not None and self.plan not in add_on.plans:
                yield Fault(path, f"is not sold with the plan {self.plan!r}")
        digits = minor_digits(plan.currency)
        if self.price is not None and self.price != round(self.price, digits):
            yield Fault("/price", f"must have at most {digits} decimals in {plan.currency}")


class SubscriptionShown(TypedDict):
    """As ordered, with the currency and the catalogue version it was sold with."""

    plan: str
    started_at: datetime
    anchor: datetime | None
    interval: Literal["day", "week", "month", "year"]
    quantity: int
    renewal_date: DayText | None
    add_ons: dict[str, int]
    price: MoneyText | None
    currency: str
    catalog_version: int


class NextSubscriptionShown(SubscriptionShown):
    """A subscription that has not started.

    `starts_at`: its `started_at`, or the day of an agreed change of plan (whose `started_at` is
    that of the running subscription).
    """

    starts_at: datetime


def read_order(data: Any) -> Order | list[Fault]:
    """Reads an event's data."""
    if not isinstance(data, dict):
        return [Fault("/data", "must be an object")]
    try:
        return Order.model_validate(data)
    except ValidationError as error:
        return [
            Fault(
                "/data" + "".join(pointer_part(part) for part in entry["loc"]),
                entry["msg"].removeprefix("Value error, "),
            )
            for entry in error.errors()
        ]


def shown(subscription: Subscription, sold: Catalog) -> SubscriptionShown:
    """As the API returns it; `sold` is the catalogue version it was sold with."""
    renewal, price = subscription.renewal_date, subscription.price
    currency = sold.plans[subscription.plan].currency
    return {
        "plan": subscription.plan,
        "started_at": subscription.started_at,
        "anchor": subscription.anchor,
        "interval": subscription.interval,
        "quantity": subscription.quantity,
        "renewal_date": None if renewal is None else renewal.isoformat(),
        "add_ons": dict(subscription.add_ons),
        "price": None if price is None else money_text(price, currency),
        "currency": currency,
        "catalog_version": subscription.catalog_version,
    }


def shown_next(waiting: Next, sold: Catalog) -> NextSubscriptionShown:
    return {**shown(waiting.subscription, sold), "starts_at": waiting.begins_at}
