"""What an order changes in the terms of an account."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.trigger.accounts import Next, PlanMove, Subscription, Terms
from services.trigger.catalog_in_force import Applied
from services.trigger.sale_terms import is_sold_as_then
from services.trigger.subscriptions import succession
from services.trigger.subscriptions.orders import Order
from shared.catalog import Catalog
from shared.values.faults import Fault

NO_CATALOG = Fault("/plan", "no catalogue has been applied yet")


@dataclass(frozen=True, slots=True)
class Unsold:
    """An order that the catalogue does not allow; paths point into the order."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Selling:
    """The catalogue in force, and those that subscriptions were sold with."""

    applied: Applied | None
    sold: Mapping[int, Catalog]

    def of_agreed(self, waiting: Next | None) -> Catalog | None:
        """The catalogue of an agreed change of plan that is waiting."""
        return (
            None
            if waiting is None or waiting.in_place_of is None
            else self.sold[waiting.subscription.catalog_version]
        )


@dataclass(frozen=True, slots=True)
class Change:
    """The stored terms of an account, and the new ones.

    `expired`: what is stored has ended by itself.
    """

    stored: Terms
    after: Terms
    expired: bool = False

    @property
    def changes_next(self) -> bool:
        return self.stored.next != self.after.next

    @property
    def changes_present(self) -> bool:
        return self.expired or self.stored.subscription != self.after.subscription

    def before(self, now: datetime) -> Subscription | None:
        """What ran until now, even if it ends at the very moment at which the next one starts."""
        started = self._started(now)
        if self.expired or (started is not None and succession.follows_at_once(self.stored)):
            return self.stored.subscription
        return self.stored.running(now if started is None else started.begins_at)

    def is_evaluated(self, now: datetime) -> bool:
        """Whether more than a future day changes."""
        before, after = self.before(now), self.after.running(now)
        return self.changes_present and not (
            before and after and succession.differs_in_end(before, after)
        )

    def move(self, account: str, now: datetime) -> PlanMove:
        return PlanMove(account, self.before(now), self.after.running(now))

    def history(self, account: str, now: datetime) -> Iterator[tuple[datetime, PlanMove]]:
        """Plan changes, each with its time.

        What was waiting starts first, even if nobody was running on its day.
        """
        move, started = self.move(account, now), self._started(now)
        if started is not None:
            yield started.begins_at, PlanMove(account, move.before, started.begun)
            move = PlanMove(account, started.begun, move.after)
        if self.changes_present and self.after.subscription is not None:
            since = (
                self.after.subscription.counts_from(now)
                if move.after
                else self.after.subscription.ended_at
            )
            yield since or now, move

    def _started(self, now: datetime) -> Next | None:
        waited = self.stored.next
        return (
            waited if waited is not None and waited.begins_at <= now and self.changes_next else None
        )


def ordered(
    terms: Terms, order: Order, selling: Selling, said_at: datetime, now: datetime
) -> Subscription | Unsold:
    """The subscription that the order leads to.

    The same plan keeps the catalogue version it was sold with. An add-on that is new is sold under
    the version in force, if that changes nothing else.
    """
    if selling.applied is None:
        return Unsold((NO_CATALOG,))
    version = next(
        (one.catalog_version for one in _beside(terms, order, now) if one.plan == order.plan),
        selling.applied.version,
    )
    faults = order.faults(selling.sold[version])
    current = selling.applied.catalog
    if (
        faults
        and not order.faults(current)
        and is_sold_as_then(selling.sold[version], current, order.plan)
    ):
        version, faults = selling.applied.version, []
    return Unsold(tuple(faults)) if faults else order.subscription(version, said_at)


def change(
    stored: Terms, order: Order, selling: Selling, now: datetime, said_at: datetime | None = None
) -> Change | Unsold | None:
    """What the order changes; None if nothing. `said_at` None: just now."""
    terms = stored.as_of(now)
    wanted = ordered(terms, order, selling, said_at or succession.said_now(terms, now), now)
    if isinstance(wanted, Unsold):
        return wanted
    after = succession.stated(terms, wanted, now, selling.of_agreed(terms.next))
    return None if after == stored else Change(stored, after)


def _beside(terms: Terms, order: Order, now: datetime) -> Sequence[Subscription]:
    """The subscription that the order is about, then the other one."""
    running, waiting = terms.running(now), terms.next.subscription if terms.next else None
    both = (running, waiting) if order.started_at <= now else (waiting, running)
    return [one for one in both if one is not None]
