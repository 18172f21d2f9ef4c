"""When: renewals one month before (R-041, R-042), and when a proposal may reach its reader (BP-24, BP-25; judgement.md 5)."""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

from services.trigger.judgement.business import at_local, next_opening, open_at
from services.trigger.judgement.facts import Account, Facts, Subscription
from services.trigger.judgement.loyalty import add_months

NINE = time(9)
_EUROPEAN_UNION = (
    "AT",
    "BE",
    "BG",
    "HR",
    "CY",
    "CZ",
    "DK",
    "EE",
    "FI",
    "FR",
    "DE",
    "GR",
    "HU",
    "IE",
    "IT",
    "LV",
    "LT",
    "LU",
    "MT",
    "NL",
    "PL",
)
SEPARATE = frozenset({"GB", *_EUROPEAN_UNION, "PT", "RO", "SK", "SI", "ES", "SE"})
"""Countries in which a notice must not carry a proposal: the United Kingdom and the European Union (requirements 2.8)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How one contact gets it: `joined` with the notice, or a message of its own, not before `not_before`."""

    contact: str
    joined: bool
    not_before: datetime | None = None


def renewal_date(subscription: Subscription, account: Account, now: datetime) -> date:
    """The coming renewal: the stated date, or the yearly day of the anchor; monthly contracts too (X22). Not before today, local."""
    zone = account.zone
    today = now.astimezone(zone).date()
    first = subscription.renewal_date or (subscription.anchor or subscription.started_at).astimezone(zone).date()
    if subscription.renewal_date is not None and first >= today:
        return first
    years = max(1 if subscription.renewal_date is None else 0, today.year - first.year)
    day = add_months(first, 12 * years)
    return day if day >= today else add_months(first, 12 * (years + 1))


def renewal_due(renewal: date, account: Account) -> datetime:
    """One calendar month before, 09:00 in the account's time zone; clamped (2026-03-31 gives 2026-02-28)."""
    return at_local(month_before(renewal), NINE, account.zone)


def month_before(day: date) -> date:
    index = day.year * 12 + day.month - 2
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def is_late(due: datetime, now: datetime, account: Account) -> bool:
    """Whether the day on which it was due is over there."""
    return now.astimezone(account.zone).date() > due.astimezone(account.zone).date()


def allows_joining(country: str | None) -> bool:
    """An unknown country allows nothing."""
    return country is not None and country.upper() not in SEPARATE


def readers(facts: Facts, now: datetime, *, with_notice: bool, holidays: Collection[date] = ()) -> tuple[Reader, ...]:
    """Who is offered the plan: each buyer who has not refused. Joined only where a notice goes out, it is allowed, and it is open there."""
    zone = facts.account.zone
    joined = with_notice and allows_joining(facts.account.country) and open_at(now, zone, holidays)
    opening = next_opening(now, zone, holidays)
    not_before = opening if opening > now else None
    buyers = (contact for contact in facts.buyers if not facts.opted_out(contact.id))
    return tuple(Reader(contact.id, joined, None if joined else not_before) for contact in buyers)
