"""Changes of what holds for an account: its plan, its limits, its time zone, the catalogue. Each is evaluated in its own transaction.

Locks come in the order of docs/architecture.md: plans, accounts, totals. What changes nothing takes none and re-fires nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger import people
from services.trigger.accounts import Account, Override, PlanMove, Subscription, Terms
from services.trigger.orders import Order
from services.trigger.outcome import Outcome
from services.trigger.places import Looks
from services.trigger.tables import accounts, catalogs, due
from services.trigger.tables import people as people_rows
from services.trigger.tables.catalogs import Applied, Catalogs
from services.trigger.watching import Watch
from shared import parked
from shared.catalog import Catalog, CatalogError
from shared.database import lock_accounts
from shared.faults import Fault, pointer_part

ENDS = "subscription_end"
CATALOG, CATALOG_LOOK = "catalog", "catalog_look"
"""Purposes in the timer: a subscription that ends later; pages of accounts to look at again after the meters changed, and each of them."""

_SEEN_ONCE = (
    "must stay never: of a unique meter that never reset only the first visit of each member is known, so its usage cannot be counted by "
    "periods; give the new meter another id"
)
NO_CATALOG = Fault("/plan", "no catalogue has been applied yet")


@dataclass(frozen=True, slots=True)
class Unsold:
    """An order that the catalogue cannot serve; paths point into the order."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Selling:
    """The catalogue in force, and those that some subscriptions were sold with."""

    applied: Applied | None
    sold: Mapping[int, Catalog]


@dataclass(frozen=True, slots=True)
class Change:
    """What runs (None: nothing), and what is stored instead."""

    before: Subscription | None
    stored: Subscription

    def move(self, account: str, now: datetime) -> PlanMove:
        return PlanMove(account, self.before, self.stored if self.stored.holds(now) else None)

    def since(self, now: datetime) -> datetime:
        return (self.stored.changed_at if self.stored.holds(now) else self.stored.ended_at) or now


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Subscriptions begin, change and end here, whoever says so."""

    watch: Watch

    async def selling(self, conn: AsyncConnection, terms: Iterable[Terms]) -> Selling:
        """What orders of these accounts are checked against."""
        applied = await self.watch.catalogs.in_force(conn)
        versions = {one.subscription.catalog_version for one in terms if one.subscription} | ({applied.version} if applied else set())
        return Selling(applied, {version: await self.watch.catalogs.version(conn, version) for version in versions})

    async def ordered(self, conn: AsyncConnection, terms: Terms, order: Order, said_at: datetime, now: datetime) -> Subscription | Unsold:
        """What the order makes of an account."""
        return ordered(terms, order, await self.selling(conn, [terms]), said_at, now)

    async def put(
        self, conn: AsyncConnection, account: str, order: Order, *, now: datetime, said_at: datetime | None = None
    ) -> Outcome | Unsold:
        """Under the locks of plans and account: stores the order where it changes something, and evaluates it. `said_at` None: just now."""
        terms = (await accounts.terms_of(conn, [account]))[account]
        found = change(terms, order, await self.selling(conn, [terms]), now, said_at)
        if isinstance(found, Unsold):
            return found
        return Outcome() if found is None else await self.change(conn, {account: found}, now)

    async def end(self, conn: AsyncConnection, account: str, *, at: datetime, now: datetime, said_at: datetime | None = None) -> Outcome:
        """Under the locks of plans and account: it ends at `at`, or at once where that has passed. Nothing where nothing runs."""
        terms = (await accounts.terms_of(conn, [account]))[account]
        running, said = terms.running(now), said_at or newest_word(terms, now)
        if running is None or is_outdated(terms, said) or running.ended_at == at:
            return Outcome()
        ended = replace(running, ended_at=at, changed_at=said)
        if at <= now:
            return await self.change(conn, {account: Change(running, ended)}, now)
        await accounts.put_subscriptions(conn, {account: ended}, await catalogs.raise_plans(conn))
        await due.schedule(conn, account, ENDS, at)
        return Outcome()

    async def ended(self, conn: AsyncConnection, account: str, now: datetime) -> Outcome:
        """The day has come that `end` was given."""
        terms = (await accounts.terms_of(conn, [account])).get(account)
        if terms is None or terms.subscription is None or terms.subscription.holds(now):
            return Outcome()
        return await self.change(conn, {account: Change(terms.subscription, terms.subscription)}, now)

    async def change(self, conn: AsyncConnection, changes: Mapping[str, Change], now: datetime, looks: Looks | None = None) -> Outcome:
        """Under the locks of plans and accounts: stores them and evaluates them, with what else is to be looked at, all at once."""
        if changes:
            await self._store(conn, changes, now)
        seen = await self.watch.reconsider(conn, {**(looks or {}), **dict.fromkeys(changes)}, now=now, told_of_new=False)
        moves = [one.move(account, now) for account, one in changes.items()]
        return seen.add(await self.watch.judgement.subscribed(conn, moves, now)) if moves else seen

    async def _store(self, conn: AsyncConnection, changes: Mapping[str, Change], now: datetime) -> None:
        stored = {account: one.stored for account, one in changes.items()}
        await accounts.put_subscriptions(conn, stored, await catalogs.raise_plans(conn))
        await due.cancel_all(conn, [account for account, one in stored.items() if one.holds(now)], ENDS)
        moves = [(one, one.move(account, now)) for account, one in changes.items()]
        named = [(one.since(now), move) for one, move in moves if (move.before and move.before.plan) != (move.after and move.after.plan)]
        await accounts.note_changes(conn, named)


def ordered(terms: Terms, order: Order, selling: Selling, said_at: datetime, now: datetime) -> Subscription | Unsold:
    """What the order makes of an account. The same plan keeps the catalogue version that it was sold with."""
    if selling.applied is None:
        return Unsold((NO_CATALOG,))
    running = terms.running(now)
    version = running.catalog_version if running and running.plan == order.plan else selling.applied.version
    faults = order.faults(selling.sold[version])
    return Unsold(tuple(faults)) if faults else order.subscription(version, said_at)


def change(terms: Terms, order: Order, selling: Selling, now: datetime, said_at: datetime | None = None) -> Change | Unsold | None:
    """What the order changes; None where it changes nothing. `said_at` None: just now."""
    said = said_at or newest_word(terms, now)
    wanted = ordered(terms, order, selling, said, now)
    if isinstance(wanted, Unsold):
        return wanted
    running = terms.running(now)
    return None if is_outdated(terms, said) or is_same(running, wanted) else Change(running, wanted)


def newest_word(terms: Terms, now: datetime) -> datetime:
    """A moment for what is said now: newer than whatever is known, also where that was said ahead of time."""
    known = terms.subscription.changed_at if terms.subscription else None
    return now if known is None or known <= now else known


def is_outdated(terms: Terms, said_at: datetime) -> bool:
    """Statements may come late: an older one than the newest known changes nothing."""
    known = terms.subscription.changed_at if terms.subscription else None
    return known is not None and said_at < known


def is_same(running: Subscription | None, wanted: Subscription) -> bool:
    return running is not None and replace(wanted, changed_at=running.changed_at) == running


async def lock(conn: AsyncConnection, ids: Collection[str]) -> None:
    """What `Subscriptions` needs, in the right order."""
    await catalogs.lock_plans(conn)
    await lock_accounts(conn, ids)


async def put_account(conn: AsyncConnection, watch: Watch, account: Account, now: datetime) -> tuple[bool, Outcome]:
    """Stores master data; (whether the account is new, what follows). Periods move with the time zone, so that is evaluated."""
    before = await accounts.find(conn, account.id)
    if before is not None and accounts.same_account(before, account):
        return False, Outcome()
    moved = has_moved(before, account)
    await (lock(conn, [account.id]) if moved else lock_accounts(conn, [account.id]))
    known = await accounts.profiles(conn, [account.id])  # as they are under the lock: another PUT may have come in between
    created = bool(await accounts.put(conn, [account], now))
    outcome = await people_moved(conn, known, [account], now)
    if not moved:
        return created, outcome if created else outcome.add(await watch.judgement.people_changed(conn, [account.id], now))
    await accounts.raise_subscriptions(conn, [account.id], await catalogs.raise_plans(conn))
    return created, outcome.add(await watch.reconsider(conn, {account.id: None}, now=now, told_of_new=False))


async def people_moved(conn: AsyncConnection, before: Mapping[str, Account], after: Collection[Account], now: datetime) -> Outcome:
    """Under the accounts' locks, whatever stores contacts: remembers who came and went, and tells the notifier to look who is there now."""
    outcome, changes = Outcome(), people.changed(before, after)
    await people_rows.note(conn, changes, now)
    for one in changes:
        outcome.send(people.message(one, now))
    return outcome


def has_moved(before: Account | None, after: Account) -> bool:
    """To another time zone: where its days and periods begin is another moment now."""
    return before is not None and before.time_zone != after.time_zone


async def put_override(conn: AsyncConnection, watch: Watch, account: str, override: Override, now: datetime) -> Outcome:
    await lock_accounts(conn, [account])
    known = (await accounts.terms_of(conn, [account]))[account].overrides.get(override.meter)
    if known == override:
        return Outcome()
    await accounts.put_overrides(conn, [(account, override)])
    return await watch.reconsider(conn, {account: {override.meter}}, now=now, told_of_new=False)


async def delete_override(conn: AsyncConnection, watch: Watch, account: str, meter: str, now: datetime) -> Outcome:
    await lock_accounts(conn, [account])
    await accounts.delete_override(conn, account, meter)
    return await watch.reconsider(conn, {account: {meter}}, now=now, told_of_new=False)


async def apply_catalog(conn: AsyncConnection, known: Catalogs, catalog: Catalog, now: datetime) -> int:
    """Its version. The same content keeps its version; where the meters change, all accounts are looked at again in the background.

    Raises CatalogError where what was counted cannot be counted as this catalogue says.
    """
    await catalogs.lock_plans(conn)
    before = await known.in_force(conn)
    if before is not None and before.catalog == catalog:
        return before.version
    if before is not None and (faults := uncountable(before.catalog, catalog)):
        raise CatalogError(faults)
    version = await catalogs.store(conn, catalog, await catalogs.raise_plans(conn), now)
    await parked.hasten(conn, "trigger", now)  # what another catalogue broke, this one may mend
    if _is_counted_otherwise(before, catalog):
        await due.schedule(conn, due.NOBODY, CATALOG, now, {"after": ""})
    return version


def uncountable(before: Catalog, after: Catalog) -> list[Fault]:
    """Meters whose usage so far would have to be known in more detail than it was kept. All other changes of `reset` move it exactly."""
    both = [(meter, after.meters[key]) for key, meter in before.meters.items() if key in after.meters]
    return [
        Fault(f"/meters{pointer_part(meter.id)}/reset", _SEEN_ONCE)
        for meter, other in both
        if meter.aggregation == "unique" and meter.is_gauge and not other.is_gauge
    ]


def _is_counted_otherwise(before: Applied | None, catalog: Catalog) -> bool:
    return before is not None and before.catalog.meters != catalog.meters
