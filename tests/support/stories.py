"""Accounts in a few words: facts of `account.events` in order, and the resulting case for
judgement.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from services.trigger.accounts import Account, Contact, Person, Subscription
from services.trigger.judgement.case import Case, Crossing
from services.trigger.judgement.decision import Decision
from services.trigger.judgement.facts import intake, types
from services.trigger.judgement.facts.facts import (
    Contract,
    Facts,
    Move,
    Opportunity,
    Sent,
    Signal,
    Usage,
)
from services.trigger.judgement.facts.record import EMPTY, Record
from services.trigger.judgement.findings import signals
from services.trigger.judgement.pipeline import decide
from shared.catalog import Catalog, Threshold

NOW = datetime(2025, 9, 16, tzinfo=UTC)


def contact(id: str, role: Any, email: str | None = None) -> Contact:
    return Contact(id, f"{role} {id}", role, email or f"{id}@example.com")


OWNER = contact("c1", "owner")


def bought(plan: str, since: datetime, interval: Any = "month", **more: Any) -> Subscription:
    """A subscription as it is sold since then."""
    return Subscription(plan, 1, since, interval=interval, **more)


def day(text: str) -> datetime:
    """Midnight UTC of a date."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Story:
    """An account at `now`. `told(...)` adds a fact, `crossing(...)` and `hearing(...)` ask for a
    decision.
    """

    catalog: Catalog
    facts: Facts
    now: datetime = NOW
    count: int = 0
    seen: tuple[intake.Fact, ...] = field(default=())

    def told(self, type_: str, at: datetime | None = None, **data: Any) -> Self:
        """A fact that happened at `at` (default: now)."""
        raw = {key.rstrip("_"): value for key, value in data.items()}
        fact = intake.Fact(
            type_,
            f"/crm {self.count:06}",
            at or self.now,
            types.read(type_, raw),
            self.facts.account.zone,
        )
        record = intake.grow(self.facts.record, fact)
        return replace(
            self,
            facts=replace(self.facts, record=record),
            count=self.count + 1,
            seen=(*self.seen, fact),
        )

    def active(self, days: int, until: datetime | None = None) -> Self:
        """`days` days with a login, spread over the last 30."""
        last, story = until or self.now, self
        for index in range(days):
            story = story.told(
                "login.recorded",
                last - timedelta(days=index * 29 // max(1, days - 1) if days > 1 else 0),
                user="u1",
            )
        return story

    def tickets(self, class_: str, count: int, at: datetime | None = None, **more: Any) -> Self:
        story = self
        for _ in range(count):
            story = story.told("ticket.opened", at, ticket=f"t{story.count}", class_=class_, **more)
        return story

    def used(self, meter: str, used: Any, **more: Any) -> Self:
        """A meter's total with the plan's limit."""
        limit, amount = self.limit(meter), Decimal(used)
        percent = int(amount * 100 / limit) if limit else None
        start = self.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        period = (
            (None, None)
            if self.catalog.meters[meter].is_gauge
            else (start, (start + timedelta(days=32)).replace(day=1))
        )
        return self.having(
            usage={**self.facts.usage, meter: Usage(meter, amount, limit, percent, *period, **more)}
        )

    def limit(self, meter: str) -> Decimal | None:
        subscription = self.facts.subscription
        assert subscription is not None
        return self.catalog.limit(subscription.plan, meter, subscription.add_ons)

    def having(self, **changes: Any) -> Self:
        return replace(self, facts=replace(self.facts, **changes))

    def at(self, now: datetime) -> Self:
        return replace(self, now=now)

    def sent(
        self, at: datetime, meter: str | None = None, percent: int | None = None, **more: Any
    ) -> Self:
        proposal = Sent(
            at, "next", "usage_limit", meter, None if percent is None else Decimal(percent), **more
        )
        return self.having(sent=(*self.facts.sent, proposal))

    def moved(self, at: datetime, from_: str, to: str, kind: Any) -> Self:
        return self.having(moves=(*self.facts.moves, Move(at, from_, to, kind)))

    def case(self, cause: str, *raised: Signal, **more: Any) -> Case:
        return Case(cause, self.now, self.catalog, self.facts, signals=raised, **more)

    def crossing_case(self, meter: str, used: Any, threshold: int, **usage: Any) -> Case:
        story = self.used(meter, used, **usage)
        now = story.facts.usage[meter]
        crossing = Crossing(
            meter, Threshold(threshold), now.used, now.limit, now.percent, alert="a1"
        )
        raised = signals.of_crossing(crossing, now, story.catalog.policy, story.now)
        return story.case("usage.threshold", *raised, crossing=crossing)

    def crossing(self, meter: str, used: Any, threshold: int, **usage: Any) -> Decision:
        """The decision after a meter newly reaches a threshold."""
        return decide(self.crossing_case(meter, used, threshold, **usage))

    def raised(
        self, type_: str, at: datetime | None = None, **data: Any
    ) -> tuple["Story", tuple[Signal, ...]]:
        """The story with one more fact, and the signals that it raises."""
        raw = {key.rstrip("_"): value for key, value in data.items()}
        story = self.told(type_, at, **data)
        found = signals.of_fact(type_, raw, at or self.now, self.catalog, story.facts, self.now)
        return story, found

    def hearing(self, type_: str, **data: Any) -> Decision:
        """The decision after a fact arrives now."""
        story, found = self.raised(type_, **data)
        return decide(story.case(type_, *found))


def account(
    catalog: Catalog,
    plan: str | None,
    *,
    since: str = "2024-07-01",
    quantity: int = 1,
    interval: str = "month",
    renewal_date: Any = None,
    contacts: tuple[Contact, ...] = (OWNER,),
    csm: Person | None = None,
    add_ons: Mapping[str, int] | None = None,
    record: Record = EMPTY,
    **more: Any,
) -> Story:
    """An account in Tokyo with one owner, on a plan since a given day."""
    own = catalog.plans[plan].currency if plan else catalog.currency
    settings = {
        "time_zone": "Asia/Tokyo",
        "country": "JP",
        "currency": own,
        **more,
    }
    contract = Contract(day(since) if plan else None, settings.pop("customer_since", day(since)))
    people = Account(
        "acct-1", "Aozora", **{"locale": "ja-JP", **settings}, contacts=contacts, csm=csm
    )
    subscription = None
    if plan:
        subscription = bought(
            plan,
            day(since),
            interval,
            quantity=quantity,
            renewal_date=renewal_date,
            add_ons=add_ons or {},
        )
    return Story(catalog, Facts(people, subscription, contract, record=record))


def opportunity(plan: str, *reasons: str) -> Opportunity:
    return Opportunity("opp-1", plan, reasons, "cs")
