"""The facts about one account at one moment, as the gates need them: immutable, loaded by the
shell, read by every pure module.

`record` holds what arrived through `account.events`; the rest is Plimsoll's own: people,
subscription, usage, proposals, opportunities.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from services.trigger.accounts import Account, Contact, Subscription
from services.trigger.judgement.facts.record import EMPTY, Record, Score, Ticket
from shared.values.bounds import AHEAD
from shared.values.mailboxes import refusing
from shared.values.quantities import EXACT

MoveKind = Literal["upgrade", "downgrade", "same"]


@dataclass(frozen=True, slots=True)
class Sold:
    """A subscription that was bought and has not started. `said_at` None: always known."""

    plan: str
    begins_at: datetime
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """What the subscription alone does not tell.

    `started_at`: a change of plan within it does not count. `customer_since`: as stated, or since
    the subscription in force or the last one began.
    """

    started_at: datetime | None = None
    customer_since: datetime | None = None
    next: Sold | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A change of plan within a running subscription."""

    at: datetime
    from_plan: str
    to_plan: str
    kind: MoveKind


_SHORT = timedelta(days=27)
"""Windows shorter than this are too short for monthly figures."""


@dataclass(frozen=True, slots=True)
class Usage:
    """The current state of one meter. `percent` is floored; `projected` is the total expected at
    the end of the period.

    `last_percent`: the highest of the previous period. `hot_days`: distinct days of this period at
    or above `policy.repeat_periods.percent`. `trend`: change of the last 30 days against the 30
    before, in percent; None if unknown. `below_zero`: how far the exact total is below `used`.
    """

    meter: str
    used: Decimal
    limit: Decimal | None
    percent: int | None
    period_start: datetime | None = None
    period_end: datetime | None = None
    projected: Decimal | None = None
    reaches_limit_at: datetime | None = None
    days_of_data: int = 0
    last_percent: int | None = None
    hot_days: int = 0
    trend: Decimal | None = None
    below_zero: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        """The exact count: below zero if a correction arrived before what it corrects."""
        return EXACT.subtract(self.used, self.below_zero)

    @property
    def fullness(self) -> int | None:
        """How full it usually is: a new period is empty, so the previous one counts too."""
        if (
            self.percent is None
            or self.last_percent is None
            or self.period_start is None
            or self.period_end is None
        ):
            return self.percent
        return (
            max(self.percent, self.last_percent)
            if self.period_end - self.period_start < _SHORT
            else self.percent
        )


@dataclass(frozen=True, slots=True)
class Sent:
    """A proposal sent to the customer. `counts`: whether it counts against the frequency cap; an
    escalation does not (R-080).

    `waits_until`: its message waits until then together with the alert of its meter. None: it was
    sent, or waits on its own.
    """

    at: datetime
    plan: str
    reason: str
    meter: str | None = None
    percent: Decimal | None = None
    contacts: tuple[str, ...] = ()
    counts: bool = True
    play: str = ""
    amount: Decimal | None = None
    waits_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opportunity:
    """`plan`: the plan to move to; the current one if an `add_on` is sold.

    `told`: type and key of the reasons in its own task; None if it has no task.
    """

    id: str
    plan: str
    reasons: tuple[str, ...]
    owner: str
    stage: str = "identified"
    told: tuple[tuple[str, str], ...] | None = None
    add_on: str | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """A reason to act, open until `until`.

    `key` distinguishes two of one type (by meter, feature or framework).
    """

    type: str
    at: datetime
    key: str = ""
    until: datetime | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)

    def holds(self, now: datetime) -> bool:
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Facts:
    """`spoken`: offers that one of our people made in person; they are not `sent`."""

    account: Account
    subscription: Subscription | None = None
    contract: Contract = Contract()
    moves: tuple[Move, ...] = ()
    record: Record = EMPTY
    usage: Mapping[str, Usage] = field(default_factory=dict)
    sent: tuple[Sent, ...] = ()
    spoken: tuple[Sent, ...] = ()
    opportunities: tuple[Opportunity, ...] = ()
    signals: tuple[Signal, ...] = ()
    paused_plays: frozenset[str] = frozenset()
    refused_mailboxes: frozenset[bytes] = frozenset()
    former_contacts: frozenset[str] = frozenset()

    @property
    def refusing(self) -> frozenset[str]:
        """Contacts who refused offers, or whose mailbox did."""
        if not self.record.opted_out and not self.refused_mailboxes:
            return frozenset()  # no mailbox has to be computed
        mailboxes = {contact.id: contact.mailbox for contact in self.account.contacts}
        return refusing(mailboxes, self.record.opted_out, self.refused_mailboxes)

    def sold(self, at: datetime) -> Sold | None:
        """Another plan that is to follow, as far as it was known then."""
        running, waits = self.subscription, self.contract.next
        if running is None or waits is None:
            return None
        if waits.plan == running.plan or waits.begins_at <= at:
            return None
        return waits if waits.said_at is None or waits.said_at <= at else None

    @property
    def buyers(self) -> tuple[Contact, ...]:
        return tuple(contact for contact in self.account.contacts if contact.may_buy)


def within(at: datetime | None, now: datetime, days: int) -> bool:
    """Whether a moment is within the `days` x 24 hours up to now, or slightly ahead of now."""
    return at is not None and now - timedelta(days=days) < at <= now + AHEAD


def began_within(ticket: Ticket, now: datetime, days: int) -> bool:
    """Whether it was opened or reopened within those days."""
    return within(ticket.began_at, now, days) or within(ticket.began_last_at, now, days)


def active_days(facts: Facts, now: datetime, days: int = 30) -> int | None:
    """Days with a login among the last `days` local ones, including today.

    None: no login was ever recorded (unknown, R-062).
    """
    if not facts.record.active_days:
        return None
    today = now.astimezone(facts.account.zone).date()
    before = today - timedelta(days=days)
    return sum(1 for day in facts.record.active_days if before < day <= today)


def last_nps(record: Record, now: datetime, max_age_days: int) -> Score | None:
    """The newest answer of anyone that is recent enough to count."""
    return max(
        (score for score in record.nps if within(score.at, now, max_age_days)),
        key=lambda score: score.order,
        default=None,
    )
