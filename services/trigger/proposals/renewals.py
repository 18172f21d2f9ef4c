"""When an account is looked at by the calendar: a month before its renewal, and every morning."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account, Subscription
from services.trigger.dossier.dossier import Loaded
from services.trigger.dossier.loader import PART
from services.trigger.judgement.findings import timing
from services.trigger.tables import due
from services.trigger.tables.due import Due
from services.trigger.tables.present import Present
from shared.loop.isolation import Isolation
from shared.values.identity import identity

RENEWAL, DAILY = "renewal", "usage_day"
"""Timers: renewals a month ahead, daily looks at meters."""

NOTHING: Mapping[str, str] = {}


async def plan_ahead(
    conn: AsyncConnection, running: Mapping[str, Subscription], now: datetime, present: Present
) -> None:
    """Schedules the next looks: before the renewal, and in the morning.

    Reads nothing that judgement stores.
    """
    isolation, renewals, mornings = Isolation(), {}, {}
    for account, profile in (await present.profiles(conn, running)).items():
        with isolation.of(account, PART):
            at, renewal = next_renewal(profile, running[account], now)
            mornings[account] = timing.next_morning(profile, now), NOTHING
            renewals[account] = at, {"renewal_date": renewal.isoformat()}
    isolation.check()
    await due.schedule_each(conn, RENEWAL, renewals)
    await due.schedule_each(conn, DAILY, mornings)


async def plan(conn: AsyncConnection, loaded: Loaded, now: datetime, after: date) -> None:
    assert loaded.facts.subscription is not None
    at, renewal = next_renewal(loaded.facts.account, loaded.facts.subscription, now, after)
    await due.schedule(
        conn, loaded.facts.account.id, RENEWAL, at, {"renewal_date": renewal.isoformat()}
    )


def decision_of(one: Due) -> str:
    """One review per renewal, however often its subscription is stated again."""
    return identity("decision", RENEWAL, one.account, one.payload["renewal_date"])


def next_renewal(
    account: Account,
    subscription: Subscription,
    now: datetime,
    after: date | None = None,
) -> tuple[datetime, date]:
    """When it is prepared, and its date.

    A date missed before the account was known counts only if it was agreed explicitly.
    """
    renewal = timing.renewal_date(subscription, account, now)
    at = timing.renewal_due(renewal, account)
    missed = timing.is_late(at, now, account) and (
        after is not None or subscription.renewal_date is None
    )
    if missed or renewal == after:
        renewal = timing.year_after(renewal)
        at = timing.renewal_due(renewal, account)
    return at, renewal
