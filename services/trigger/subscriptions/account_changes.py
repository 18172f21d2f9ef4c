"""Master data and own limits that change. What changes nothing fires nothing again."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger import people
from services.trigger.accounts import Account, Override, Terms
from services.trigger.alerts import rate_watch, rates
from services.trigger.alerts.watch import Watch
from services.trigger.opportunities import crm_facts
from services.trigger.outcome import Outcome
from services.trigger.subscriptions.plan_changes import Unknown, lock
from services.trigger.tables import accounts, catalogs
from services.trigger.tables import people as people_rows
from shared.postgres.database import lock_accounts


class Overtaken(Exception):
    """Between the read and the lock an account changed so that more has to be locked: try again."""


async def put_account(
    conn: AsyncConnection,
    watch: Watch,
    account: Account,
    now: datetime,
    allowed: Callable[[Account | None], None] = lambda _: None,
) -> tuple[Account | None, Outcome]:
    """Stores master data. Returns the account as it was (None: it is new), and what follows.
    Periods move with the time zone, so a new one is evaluated. `allowed` raises if what is there
    may not be replaced.

    Raises Overtaken.
    """
    before = await accounts.find(conn, account.id)
    if before is not None and accounts.same_account(before, account):
        allowed(before)
        return before, Outcome()
    moved = has_moved(before, account)
    await (lock(conn, [account.id]) if moved else lock_accounts(conn, [account.id]))
    known = await accounts.profiles(
        conn, [account.id]
    )  # under the lock, since another PUT may have come in between
    if not moved and has_moved(known.get(account.id), account):
        raise Overtaken
    replaced = known.get(account.id)
    allowed(replaced)
    await accounts.put(conn, [account], now)
    outcome = await people_moved(conn, known, [account], now)
    outcome.add(await watch.judgement.staff_changed(conn, known, [account], now))
    if not moved:
        if replaced is not None:
            outcome.add(await watch.judgement.people_changed(conn, [account.id], now))
        return replaced, outcome
    await accounts.raise_subscriptions(conn, [account.id], await catalogs.raise_plans(conn))
    return replaced, outcome.add(
        await watch.reconsider(conn, {account.id: None}, now=now, told_of_new=False)
    )


async def people_moved(
    conn: AsyncConnection, before: Mapping[str, Account], after: Collection[Account], now: datetime
) -> Outcome:
    """Records who joined and left, and has the notifier look up the contacts.

    Call it under the accounts' locks whenever contacts are stored.
    """
    outcome, changes = Outcome(), people.changed(before, after)
    await people_rows.note(conn, changes, now)
    for one in changes:
        outcome.send(people.message(one, now))
    reached = {(one.id, who.id) for one in after for who in one.contacts if who.email}
    given = {(one.account, contact) for one in changes for contact in one.given} & reached
    gone = {(one.account, contact) for one in changes for contact in one.left}
    return outcome.add(await crm_facts.readdressed(conn, sorted(given), sorted(gone), now))


def has_moved(before: Account | None, after: Account) -> bool:
    """Whether the time zone changed: days and periods then begin at another moment."""
    return before is not None and before.time_zone != after.time_zone


async def put_override(
    conn: AsyncConnection, watch: Watch, account: str, override: Override, now: datetime
) -> Outcome:
    await lock_accounts(conn, [account])
    known = (await _stored(conn, account)).overrides.get(override.meter)
    if known == override:
        return Outcome()
    await put_overrides(conn, [(account, override)], now)
    return await _look(conn, watch, account, override.meter, now)


async def put_overrides(
    conn: AsyncConnection, overrides: Sequence[tuple[str, Override]], now: datetime
) -> None:
    """Under the accounts' locks; the caller has them evaluated."""
    await accounts.put_overrides(conn, overrides, now)
    if any(rates.rates(one.thresholds or ()) for _, one in overrides):
        await rate_watch.expect(conn, now)


async def delete_override(
    conn: AsyncConnection, watch: Watch, account: str, meter: str, now: datetime
) -> Outcome:
    await lock_accounts(conn, [account])
    await _stored(conn, account)
    await accounts.delete_override(conn, account, meter, now)
    return await _look(conn, watch, account, meter, now)


async def _stored(conn: AsyncConnection, account: str) -> Terms:
    """Call it under the account's lock."""
    found = (await accounts.stored_terms(conn, [account])).get(account)
    if found is None:
        raise Unknown
    return found


async def _look(
    conn: AsyncConnection, watch: Watch, account: str, meter: str, now: datetime
) -> Outcome:
    outcome = await watch.reconsider(conn, {account: {meter}}, now=now, told_of_new=False)
    return outcome.add(await rate_watch.settle(conn, watch, [account], now))
