"""Account values: who they are, what they bought, and what was agreed beyond their plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from shared.catalog import Threshold
from shared.values.mailboxes import mailbox_of
from shared.values.periods import Grid, Interval, Reset
from shared.values.roles import BUYERS

Role = Literal["owner", "billing_admin", "admin", "member", "decision_maker", "champion"]


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at the account. `locale` None: the account's."""

    id: str
    name: str
    role: Role
    email: str | None = None
    locale: str | None = None

    @property
    def may_buy(self) -> bool:
        return self.role in BUYERS

    @property
    def mailbox(self) -> bytes | None:
        """Names the mailbox without its address (shared/values/mailboxes.py)."""
        return mailbox_of(self.email)


@dataclass(frozen=True, slots=True)
class Person:
    """One of our own people: the CSM, or the account executive.

    `close_authority` is in the account's currency. `stated`: the fields that the account itself
    states; the others come from the person. None: all.
    """

    id: str
    name: str
    email: str | None = None
    sales_trained: bool = True
    close_authority: Decimal | None = None
    stated: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """`country` ISO 3166, `currency` ISO 4217, `time_zone` IANA.

    `customer_since` None: the first subscription's start. `deals_with`: whom open deals name
    instead of the CSM. `csm_left`: the CSM is not with us any more; `stand_in` has what was
    theirs, if anybody has.
    """

    id: str
    name: str
    locale: str
    time_zone: str
    country: str | None = None
    currency: str | None = None
    segment: str | None = None
    employees: int | None = None
    customer_since: datetime | None = None
    csm: Person | None = None
    ae: Person | None = None
    external_ids: Mapping[str, str] = field(default_factory=dict)
    contacts: tuple[Contact, ...] = ()
    deals_with: Person | None = field(default=None, compare=False)
    csm_left: bool = field(default=False, compare=False)
    stand_in: Person | None = field(default=None, compare=False)

    @property
    def voice(self) -> Person | None:
        """The one person of ours whom the customer deals with (R-179)."""
        return self.deals_with or (self.stand_in if self.csm_left else self.csm)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class Subscription:
    """What an account bought, under the catalogue version it was sold with.

    `price`: what is paid per `interval` if it differs from the plan's.
    """

    plan: str
    catalog_version: int
    started_at: datetime
    anchor: datetime | None = None
    interval: Interval = "month"
    quantity: int = 1
    renewal_date: date | None = None
    add_ons: Mapping[str, int] = field(default_factory=dict)
    price: Decimal | None = None
    changed_at: datetime | None = None
    ended_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.ended_at is None or self.ended_at > now

    def grid(self, time_zone: str, reset: Reset = "period") -> Grid:
        """When its billing periods begin, or when a meter that resets this way starts over."""
        return Grid(self.anchor or self.started_at, self.interval, time_zone).of(reset)

    def counts_from(self, now: datetime) -> datetime:
        """Its time in the account's history: when it was stated, or its start if that is later."""
        return max(self.changed_at or now, self.started_at)


@dataclass(frozen=True, slots=True)
class PlanMove:
    """A subscription began (`before` None), changed, or ended (`after` None)."""

    account: str
    before: Subscription | None
    after: Subscription | None

    @property
    def changes_plan(self) -> bool:
        """From one plan to another."""
        return (
            self.before is not None
            and self.after is not None
            and self.before.plan != self.after.plan
        )


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A line of the account's history, with the yearly revenue before and after; None: the price
    is not known.

    `effective_at`: the moment by which reports count it.
    """

    move: PlanMove
    at: datetime
    kind: str
    arr_before: Decimal | None
    arr_after: Decimal | None
    currency: str | None
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class Override:
    """An account's own limit or thresholds for a meter.

    If `thresholds` is None, or `sets_limit` is false, the plan's apply.
    """

    meter: str
    sets_limit: bool
    limit: Decimal | None = None
    thresholds: tuple[Threshold, ...] | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a trial allows of a meter (None: unlimited), and until when."""

    limit: Decimal | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Trial:
    """Features and limits that an account has for a while, beside its plan. A limit of None is
    unlimited; `ends_at` is the first moment without it.
    """

    id: str
    opportunity: str
    features: tuple[str, ...]
    limits: Mapping[str, Decimal | None]
    starts_at: datetime
    ends_at: datetime

    def holds(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Next:
    """A subscription that has not started yet.

    `in_place_of`: the plan it replaces, if it is an agreed change of plan. It is then the same
    subscription with the same `started_at`, and is dropped if the account leaves that plan first.
    """

    subscription: Subscription
    begins_at: datetime
    in_place_of: str | None = None

    @property
    def begun(self) -> Subscription:
        """The subscription once it has started.

        An agreed change of plan counts as changed on that day.
        """
        if self.in_place_of is None:
            return self.subscription
        return replace(self.subscription, changed_at=self.begins_at)


@dataclass(frozen=True, slots=True)
class Terms:
    """What determines an account's limits.

    `subscription` None: none has started yet. `next` does not count before its day. `trials`: those
    that are not recorded as over; each counts by its own moments.
    """

    time_zone: str
    subscription: Subscription | None
    overrides: Mapping[str, Override]
    next: Next | None = None
    trials: tuple[Trial, ...] = ()

    def as_of(self, moment: datetime) -> "Terms":
        """From its day on, a waiting subscription is in force even before the timer records it."""
        if self.next is None or self.next.begins_at > moment:
            return self
        return replace(self, subscription=self.next.begun, next=None)

    def running(self, now: datetime) -> Subscription | None:
        """The subscription, if it is in force now."""
        return self.subscription if self.subscription and self.subscription.holds(now) else None

    def tried(self, feature: str, at: datetime) -> datetime | None:
        """Until when a trial gives a feature; None: no trial does."""
        ends = [one.ends_at for one in self.trials if feature in one.features and one.holds(at)]
        return max(ends, default=None)

    def granted(self, meter: str, at: datetime) -> Grant | None:
        """What a trial allows of a meter. There is one at a time."""
        return next(
            (
                Grant(one.limits[meter], one.ends_at)
                for one in self.trials
                if meter in one.limits and one.holds(at)
            ),
            None,
        )
