"""Changes of what holds for an account: its plan, its limits, its time zone, the catalogue. Each is evaluated in its own transaction.

Locks come in the order of docs/architecture.md: plans, accounts, totals. What changes nothing takes none and re-fires nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger import people, succession
from services.trigger.accounts import Account, Next, Override, PlanMove, Subscription, Terms
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

ENDS, STARTS = "subscription_end", "subscription_start"
CATALOG, CATALOG_LOOK = "catalog", "catalog_look"
"""Purposes in the timer: a subscription that ends or starts later; pages of accounts to look at again after the meters changed, and each
of them."""

_SEEN_ONCE = (
    "must stay never: of a unique meter that never reset only the first visit of each member is known, so its usage cannot be counted by "
    "periods; give the new meter another id"
)
NO_CATALOG = Fault("/plan", "no catalogue has been applied yet")


class Unknown(Exception):
    """No account has this id any more: it was erased between the look and the lock."""


class Overtaken(Exception):
    """Between the look and the lock somebody changed one of the accounts, and now more has to be locked: to be done again."""


@dataclass(frozen=True, slots=True)
class Unsold:
    """An order that the catalogue cannot serve; paths point into the order."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Selling:
    """The catalogue in force, and those that some subscriptions were sold with."""

    applied: Applied | None
    sold: Mapping[int, Catalog]

    def of_agreed(self, waiting: Next | None) -> Catalog | None:
        """The one of a change of plan that was agreed on and waits."""
        return None if waiting is None or waiting.in_place_of is None else self.sold[waiting.subscription.catalog_version]


@dataclass(frozen=True, slots=True)
class Change:
    """What is written down of an account, and what is to be. `expired`: what is written down has ended by itself."""

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
        """What ran until this: also what ends at the very moment at which the next one starts."""
        started = self._started(now)
        if self.expired or (started is not None and succession.follows_at_once(self.stored)):
            return self.stored.subscription
        return self.stored.running(now if started is None else started.begins_at)

    def is_evaluated(self, now: datetime) -> bool:
        """Whether more becomes different now than a day to come."""
        before, after = self.before(now), self.after.running(now)
        return self.changes_present and not (before and after and succession.differs_in_end(before, after))

    def move(self, account: str, now: datetime) -> PlanMove:
        return PlanMove(account, self.before(now), self.after.running(now))

    def history(self, account: str, now: datetime) -> Iterator[tuple[datetime, PlanMove]]:
        """The moves from plan to plan, each as of its moment: what has waited starts first, also where nobody was here on its day."""
        move, started = self.move(account, now), self._started(now)
        if started is not None:
            yield started.begins_at, PlanMove(account, move.before, started.begun)
            move = PlanMove(account, started.begun, move.after)
        if self.changes_present and self.after.subscription is not None:
            since = succession.moment_of(self.after.subscription, now) if move.after else self.after.subscription.ended_at
            yield since or now, move

    def _started(self, now: datetime) -> Next | None:
        waited = self.stored.next
        return waited if waited is not None and waited.begins_at <= now and self.changes_next else None


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Subscriptions begin, change and end here, whoever says so. What changes one is called under the locks of plans and account."""

    watch: Watch

    async def selling(self, conn: AsyncConnection, terms: Iterable[Terms]) -> Selling:
        """What orders of these accounts are checked against."""
        applied = await self.watch.catalogs.in_force(conn)
        known = [one for each in terms for one in (each.subscription, each.next.subscription if each.next else None) if one]
        versions = {one.catalog_version for one in known} | ({applied.version} if applied else set())
        return Selling(applied, {version: await self.watch.catalogs.version(conn, version) for version in versions})

    async def ordered(self, conn: AsyncConnection, terms: Terms, order: Order, said_at: datetime, now: datetime) -> Subscription | Unsold:
        """What the order makes of an account."""
        return ordered(terms, order, await self.selling(conn, [terms]), said_at, now)

    async def put(
        self, conn: AsyncConnection, account: str, order: Order, *, now: datetime, said_at: datetime | None = None
    ) -> Outcome | Unsold:
        """Stores the order where it changes something, and evaluates it once it has started. `said_at` None: just now."""
        stored = await _stored(conn, account)
        found = change(stored, order, await self.selling(conn, [stored]), now, said_at)
        if isinstance(found, Unsold):
            return found
        return Outcome() if found is None else await self.change(conn, {account: found}, now)

    async def agree(self, conn: AsyncConnection, account: str, plan: str, begins_at: datetime, *, now: datetime) -> Outcome | Unsold:
        """From `begins_at` on the running subscription is on that plan, as the catalogue in force sells it."""
        stored = await _stored(conn, account)
        terms, applied = stored.as_of(now), await self.watch.catalogs.in_force(conn)
        running = terms.running(now)
        if applied is None or running is None:
            return Unsold((NO_CATALOG,))
        moved = succession.moved_to(running, plan, applied.version, applied.catalog)
        if faults := Order.of(moved).faults(applied.catalog):
            return Unsold(tuple(faults))
        agreed = succession.agreed(terms, plan, applied.version, applied.catalog, begins_at, now)
        return await self._become(conn, account, stored, agreed, now)

    async def end(
        self, conn: AsyncConnection, account: str, *, at: datetime, now: datetime, said_at: datetime | None = None, leaves: bool = False
    ) -> Outcome:
        """It ends at `at`, or at once where that has passed; what starts later stays, unless the customer leaves."""
        stored = await _stored(conn, account)
        terms = stored.as_of(now)
        ended = succession.ended(terms, at, said_at or succession.said_now(terms, now), now, leaves=leaves)
        return await self._become(conn, account, stored, ended, now)

    async def take_back(self, conn: AsyncConnection, account: str, *, now: datetime, said_at: datetime | None = None) -> Outcome:
        """What waits does not start."""
        stored = await _stored(conn, account)
        terms = stored.as_of(now)
        return await self._become(conn, account, stored, succession.taken_back(terms, said_at or succession.said_now(terms, now)), now)

    async def ended(self, conn: AsyncConnection, ids: Collection[str], now: datetime) -> Outcome:
        """The day has come that `end` was given; nothing where that was taken back, or where the next one starts then instead."""
        stored = await accounts.stored_terms(conn, ids)
        ended = {key: one for key, one in stored.items() if one.subscription is not None and not one.subscription.holds(now)}
        over = {key: one for key, one in ended.items() if not succession.follows_at_once(one)}
        return await self.change(conn, {key: Change(one, one, expired=True) for key, one in over.items()}, now)

    async def begin(self, conn: AsyncConnection, ids: Collection[str], now: datetime) -> Outcome:
        """The day of what waits has come; nothing where it was put off or taken back."""
        stored = await accounts.stored_terms(conn, ids)
        return await self.change(conn, {key: Change(one, one.as_of(now)) for key, one in stored.items() if one.as_of(now) is not one}, now)

    async def change(self, conn: AsyncConnection, changes: Mapping[str, Change], now: datetime, looks: Looks | None = None) -> Outcome:
        """Under the locks of plans and accounts: stores them and evaluates them, with what else is to be looked at, all at once."""
        if changes:
            await self._store(conn, changes, now)
        evaluated = {account: one for account, one in changes.items() if one.is_evaluated(now)}
        seen = await self.watch.reconsider(conn, {**(looks or {}), **dict.fromkeys(evaluated)}, now=now, told_of_new=False)
        moves = [one.move(account, now) for account, one in evaluated.items()]
        return seen.add(await self.watch.judgement.subscribed(conn, moves, now)) if moves else seen

    async def _become(self, conn: AsyncConnection, account: str, stored: Terms, after: Terms, now: datetime) -> Outcome:
        return await self.change(conn, {account: Change(stored, after)}, now) if after != stored else Outcome()

    async def _store(self, conn: AsyncConnection, changes: Mapping[str, Change], now: datetime) -> None:
        waiting = {account: one.after.next for account, one in changes.items() if one.changes_next}
        await accounts.put_next(conn, waiting)
        await due.cancel_all(conn, [account for account, one in waiting.items() if one is None], STARTS)
        await due.schedule_each(conn, STARTS, {account: (one.begins_at, {}) for account, one in waiting.items() if one is not None})
        stored = {account: one.after.subscription for account, one in changes.items() if one.changes_present and one.after.subscription}
        if not stored:
            return
        await accounts.put_subscriptions(conn, stored, await catalogs.raise_plans(conn))
        ends = {account: one.ended_at for account, one in stored.items() if one.ended_at is not None and one.ended_at > now}
        await due.cancel_all(conn, [account for account, one in stored.items() if one.ended_at is None], ENDS)
        await due.schedule_each(conn, ENDS, {account: (at, {}) for account, at in ends.items()})
        moves = [line for account, one in changes.items() for line in one.history(account, now)]
        await accounts.note_changes(
            conn, [(at, one) for at, one in moves if (one.before and one.before.plan) != (one.after and one.after.plan)]
        )


def ordered(terms: Terms, order: Order, selling: Selling, said_at: datetime, now: datetime) -> Subscription | Unsold:
    """What the order makes of an account. The same plan keeps the catalogue version that it was sold with."""
    if selling.applied is None:
        return Unsold((NO_CATALOG,))
    version = next((one.catalog_version for one in _beside(terms, order, now) if one.plan == order.plan), selling.applied.version)
    faults = order.faults(selling.sold[version])
    return Unsold(tuple(faults)) if faults else order.subscription(version, said_at)


def change(stored: Terms, order: Order, selling: Selling, now: datetime, said_at: datetime | None = None) -> Change | Unsold | None:
    """What the order changes of what is written down; None where it changes nothing. `said_at` None: just now."""
    terms = stored.as_of(now)
    wanted = ordered(terms, order, selling, said_at or succession.said_now(terms, now), now)
    if isinstance(wanted, Unsold):
        return wanted
    after = succession.stated(terms, wanted, now, selling.of_agreed(terms.next))
    return None if after == stored else Change(stored, after)


def _beside(terms: Terms, order: Order, now: datetime) -> Sequence[Subscription]:
    """What the order is about, then the other one."""
    running, waiting = terms.running(now), terms.next.subscription if terms.next else None
    both = (running, waiting) if order.started_at <= now else (waiting, running)
    return [one for one in both if one is not None]


async def _stored(conn: AsyncConnection, account: str) -> Terms:
    """Under the account's lock."""
    found = (await accounts.stored_terms(conn, [account])).get(account)
    if found is None:
        raise Unknown
    return found


async def lock(conn: AsyncConnection, ids: Collection[str]) -> None:
    """What `Subscriptions` needs, in the right order."""
    await catalogs.lock_plans(conn)
    await lock_accounts(conn, ids)


async def put_account(conn: AsyncConnection, watch: Watch, account: Account, now: datetime) -> tuple[bool, Outcome]:
    """Stores master data; (whether the account is new, what follows). Periods move with the time zone, so that is evaluated.

    Raises Overtaken.
    """
    before = await accounts.find(conn, account.id)
    if before is not None and accounts.same_account(before, account):
        return False, Outcome()
    moved = has_moved(before, account)
    await (lock(conn, [account.id]) if moved else lock_accounts(conn, [account.id]))
    known = await accounts.profiles(conn, [account.id])  # as they are under the lock: another PUT may have come in between
    if not moved and has_moved(known.get(account.id), account):
        raise Overtaken
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
    known = (await _stored(conn, account)).overrides.get(override.meter)
    if known == override:
        return Outcome()
    await accounts.put_overrides(conn, [(account, override)])
    return await watch.reconsider(conn, {account: {override.meter}}, now=now, told_of_new=False)


async def delete_override(conn: AsyncConnection, watch: Watch, account: str, meter: str, now: datetime) -> Outcome:
    await lock_accounts(conn, [account])
    await _stored(conn, account)
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
