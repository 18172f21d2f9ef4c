"""When renewals are prepared (R-041, R-042) and proposals may reach readers (BP-24, BP-25)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from services.trigger.accounts import Account, Subscription
from services.trigger.judgement.facts.facts import Facts
from shared.values.periods import add_months, anniversary, is_open, local_date, next_opening

NINE = time(9)
_EUROPEAN_UNION = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
)
SEPARATE = frozenset({"GB", *_EUROPEAN_UNION})
"""Countries where a notice must not carry a proposal: the United Kingdom and the European Union."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How a contact gets it: `joined` with the notice, or separately, not before `not_before`."""

    contact: str
    joined: bool
    not_before: datetime | None = None


def renewal_date(subscription: Subscription, account: Account, now: datetime) -> date:
    """The next renewal, today or later (local): the stated date, or the anniversary of the anchor,
    also for monthly contracts.
    """
    today = local_date(now, account.time_zone)
    agreed = subscription.renewal_date
    if agreed is not None and agreed >= today:
        return agreed
    return anniversary(
        agreed or local_date(subscription.anchor or subscription.started_at, account.time_zone),
        today,
    )


def renewal_due(renewal: date, account: Account) -> datetime:
    """A calendar month earlier, 09:00 in the account's time zone (2026-03-31 gives 2026-02-28)."""
    return datetime.combine(month_before(renewal), NINE, account.zone).astimezone(UTC)


def month_before(day: date) -> date:
    return add_months(day, -1)


def year_after(day: date) -> date:
    return add_months(day, 12)


def next_morning(account: Account, now: datetime) -> datetime:
    """The next 09:00 in the account's time zone."""
    local = now.astimezone(account.zone)
    day = local.date() if local.time() < NINE else local.date() + timedelta(days=1)
    return datetime.combine(day, NINE, account.zone).astimezone(UTC)


def is_late(due: datetime, now: datetime, account: Account) -> bool:
    """Whether the local day on which it was due is over."""
    return now.astimezone(account.zone).date() > due.astimezone(account.zone).date()


def allows_joining(country: str | None) -> bool:
    """An unknown country allows nothing."""
    return country is not None and country.upper() not in SEPARATE


def readers(
    facts: Facts, now: datetime, *, with_notice: bool, holidays: bool = False
) -> tuple[Reader, ...]:
    """Who gets the offer: each buyer who has not refused. In business hours immediately, with the
    notice if there is one.

    Outside business hours, or if the notice must not carry it, a separate message waits for the
    next 09:00.
    """
    account = facts.account
    is_joined, not_before = with_notice, None
    if not (
        allows_joining(account.country)
        and is_open(now, account.time_zone, account.country, holidays)
    ):
        is_joined, not_before = (
            False,
            next_opening(now, account.time_zone, account.country, holidays),
        )
    refusing = facts.refusing
    buyers = (contact for contact in facts.buyers if contact.id not in refusing)
    return tuple(Reader(contact.id, is_joined, not_before) for contact in buyers)
