"""What the facts of `account.events` add up to, per account: one decision loads this instead of the
whole history (R-079).

A `Record` is stored as JSON and grows fact by fact (`intake.py`). Every entry keeps the time and
key (`source id`) of its fact, so that the same facts in any order give the same record. All moments
are aware UTC; `active_days` are days in the account's time zone.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from shared.values.bounds import AHEAD

TicketClass = Literal[
    "feature_expansion",
    "how_to_utilise",
    "feature_unavailable",
    "upper_plan_question",
    "bug",
    "complaint",
    "cancel",
    "billing",
    "support_speed",
]
Severity = Literal["low", "normal", "high", "urgent"]
Verdict = Literal["yes", "no", "unknown"]
Criterion = Literal["satisfaction", "wall", "profile", "budget", "roi_articulated"]
Reply = Literal["accepted", "declined", "helpful", "unwanted", "complained"]


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The time and key of the fact."""

    at: datetime
    key: str

    @property
    def order(self) -> tuple[datetime, str]:
        return self.at, self.key


class Ask(Entry, frozen=True, omit_defaults=True):
    """One request for a feature, or one attempt to use a feature that the plan does not include."""

    text: str | None = None


class Ticket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Assembled from its facts in any order. `classified`, `rated`, `about`: the fact with the
    newest value of each.

    `opened_at` is the first opening, `reopened_at` the last if there were several; which is which
    depends only on the facts' times.
    """

    id: str
    cls: TicketClass | None = None
    severity: Severity | None = None
    feature: str | None = None
    classified: tuple[datetime, str] | None = None
    rated: tuple[datetime, str] | None = None
    about: tuple[datetime, str] | None = None
    opened_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    reopened_at: datetime | None = None

    @property
    def last_at(self) -> datetime:
        known = (
            self.opened_at,
            self.reopened_at,
            self.answered_at,
            self.closed_at,
            self.classified and self.classified[0],
        )
        return max(at for at in known if at)

    @property
    def began_at(self) -> datetime:
        """When it was opened; if that fact is missing, the first time it is mentioned."""
        if self.opened_at is not None:
            return self.opened_at
        return min(
            at
            for at in (self.answered_at, self.closed_at, self.classified and self.classified[0])
            if at
        )

    @property
    def began_last_at(self) -> datetime:
        """When it was last opened: reopening starts it again."""
        return self.reopened_at or self.began_at

    @property
    def is_open(self) -> bool:
        """By its newest fact; if opened and closed at the same moment, it is closed."""
        last = self.reopened_at or self.opened_at
        return self.closed_at is None or (last is not None and last > self.closed_at)

    def open_at(self, now: datetime) -> bool:
        closed = None if self.is_open else self.closed_at
        return closed is None or closed > now + AHEAD


PROMOTER = 9
"""The lowest NPS score of a promoter."""


class Score(Entry, frozen=True, omit_defaults=True):
    """An NPS (0..10) or CSAT (1..5) answer; `contact` "" if nobody is named."""

    score: int
    contact: str = ""


class Growth(Entry, frozen=True, omit_defaults=True):
    count: int
    role: str | None = None


class Compliance(Entry, frozen=True, omit_defaults=True):
    framework: str
    deadline: date | None = None


class Budget(Entry, frozen=True, omit_defaults=True):
    status: Literal["yes", "no"]
    said_by: str
    amount: Decimal | None = None


class Offer(Entry, frozen=True, omit_defaults=True):
    """A quote that was presented, or a contract that was signed."""

    plan: str
    price: Decimal | None = None


class Moment(Entry, frozen=True, omit_defaults=True):
    reason: str | None = None


class Proof(Entry, frozen=True, omit_defaults=True):
    criterion: Criterion
    kind: str
    text: str
    verdict: Verdict | None = None
    said_by: str | None = None


class Need(Entry, frozen=True, omit_defaults=True):
    feature: str | None = None
    meter: str | None = None
    text: str | None = None
    said_by: str | None = None


class Stated(Entry, frozen=True, omit_defaults=True):
    """`value.stated`: the inputs of the value case, in the account's currency (R-111..R-115)."""

    hours: Decimal
    hours_basis: Literal["per_person", "team_total"]
    hours_period: Literal["week", "month"]
    hourly_rate: Decimal
    currency: str
    source: Literal["customer_stated", "measured", "assumed"]
    members: int | None = None
    activity: dict[str, str] | None = None
    automation_rate: Decimal | None = None
    assumed: tuple[str, ...] = ()
    said_by: str | None = None


class Response(Entry, frozen=True, omit_defaults=True):
    """`proposal.answered`: the answer of an account, or of one of its contacts."""

    answer: Reply
    contact: str | None = None


class Deal(Entry, frozen=True, omit_defaults=True):
    """What is known about how they buy (R-172)."""

    stakeholders: int | None = None
    approval_days: int | None = None
    custom_terms: bool | None = None
    complex: bool | None = None
    relationship: Literal["operational", "strategic"] | None = None


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything stated and observed about an account, rolled up. An empty field is unknown, never
    zero (R-062, R-094).

    `stated`: the newest figures on what the product is worth to them, from anyone; `articulated`:
    the newest ones they gave themselves.
    """

    newest: datetime | None = None
    active_days: tuple[date, ...] = ()
    active_users: dict[str, tuple[str, ...]] = {}
    used: dict[str, datetime] = {}
    gated: dict[str, tuple[Ask, ...]] = {}
    requested: dict[str, tuple[Ask, ...]] = {}
    tickets: dict[str, Ticket] = {}
    nps: tuple[Score, ...] = ()
    csat: tuple[Score, ...] = ()
    growth: tuple[Growth, ...] = ()
    compliance: tuple[Compliance, ...] = ()
    budget: Budget | None = None
    cancel: Moment | None = None
    quote: Offer | None = None
    signed: Offer | None = None
    renewed: Moment | None = None
    proofs: tuple[Proof, ...] = ()
    needs: tuple[Need, ...] = ()
    stated: Stated | None = None
    articulated: Stated | None = None
    answers: tuple[Response, ...] = ()
    deal: Deal | None = None
    opted_out: dict[str, datetime] = {}


EMPTY = Record()
