"""Changes of an account's plan, limits or time zone, and of the catalogue. Each is evaluated in its
own transaction.

Locks are taken in the order of docs/architecture.md: plans, accounts, totals. What changes nothing
takes no lock and fires nothing again.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger import people
from services.trigger.accounts import Account, Next, Override, PlanMove, Subscription, Terms
from services.trigger.alerts import rate_watch, rates
from services.trigger.alerts.watch import Watch
from services.trigger.catalog_in_force import Applied
from services.trigger.opportunities import crm_facts
from services.trigger.outcome import Outcome
from services.trigger.places import Looks
from services.trigger.process import revenue
from services.trigger.sale_terms import is_sold_as_then
from services.trigger.subscriptions import succession
from services.trigger.subscriptions.orders import Order
from services.trigger.tables import accounts, catalogs, due
from services.trigger.tables import people as people_rows
from services.trigger.tables.catalogs import Catalogs
from services.trigger.tables.present import Present
from shared.audit import trail
from shared.audit.trail import Author, Done
from shared.catalog import Catalog, CatalogError
from shared.loop import parked_rows
from shared.postgres.database import lock_accounts
from shared.values.faults import Fault, pointer_part

ENDS, STARTS = "subscription_end", "subscription_start"
CATALOG, CATALOG_LOOK = "catalog", "catalog_look"
"""Timers: a subscription that ends or starts later; pages of accounts to evaluate again after the
meters changed, and each of those accounts.
"""
_SEEN_ONCE = (
    "must stay never: a unique meter that never resets stores only the first visit of each member, "
    "so its usage cannot be split into periods; give the new meter another id"
)
NO_CATALOG = Fault("/plan", "no catalogue has been applied yet")


class Unknown(Exception):
    """No account has this id any more: it was erased between the read and the lock."""


class Overtaken(Exception):
    """Between the read and the lock an account changed so that more has to be locked: try again."""


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


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The one place where subscriptions begin, change and end.

    Methods that change one are called under the locks of plans and account. `present`: what the
    transaction has read under them; without it each call reads for itself.
    """

    watch: Watch
    present: Present | None = None

    async def selling(self, conn: AsyncConnection, terms: Iterable[Terms]) -> Selling:
        """The catalogues that orders of these accounts are checked against."""
        applied = await self._reading().in_force(conn)
        known = [
            one
            for each in terms
            for one in (each.subscription, each.next.subscription if each.next else None)
            if one
        ]
        versions = {one.catalog_version for one in known} | (
            {applied.version} if applied else set()
        )
        return Selling(
            applied,
            {version: await self.watch.catalogs.version(conn, version) for version in versions},
        )

    async def ordered(
        self, conn: AsyncConnection, terms: Terms, order: Order, said_at: datetime, now: datetime
    ) -> Subscription | Unsold:
        """The subscription that the order leads to."""
        return ordered(terms, order, await self.selling(conn, [terms]), said_at, now)

    async def put(
        self,
        conn: AsyncConnection,
        account: str,
        order: Order,
        *,
        now: datetime,
        said_at: datetime | None = None,
    ) -> Outcome | Unsold:
        """Stores the order if it changes something, and evaluates it if it has started.

        `said_at` None: just now.
        """
        own = replace(self, present=self._reading())
        stored = await own._stored(conn, account)
        found = change(stored, order, await own.selling(conn, [stored]), now, said_at)
        if isinstance(found, Unsold):
            return found
        return Outcome() if found is None else await own.change(conn, {account: found}, now)

    async def agree(
        self, conn: AsyncConnection, account: str, plan: str, begins_at: datetime, *, now: datetime
    ) -> Outcome | Unsold:
        """From `begins_at` on, moves the running subscription to the plan as it is sold now."""
        own = replace(self, present=self._reading())
        stored = await own._stored(conn, account)
        terms, applied = stored.as_of(now), await own._reading().in_force(conn)
        running = terms.running(now)
        if applied is None or running is None:
            return Unsold((NO_CATALOG,))
        moved = succession.moved_to(running, plan, applied.version, applied.catalog)
        if faults := Order.of(moved).faults(applied.catalog):
            return Unsold(tuple(faults))
        agreed = succession.agreed(terms, plan, applied.version, applied.catalog, begins_at, now)
        return await own._become(conn, account, stored, agreed, now)

    async def end(
        self,
        conn: AsyncConnection,
        account: str,
        *,
        at: datetime,
        now: datetime,
        said_at: datetime | None = None,
        leaves: bool = False,
    ) -> Outcome:
        """Ends it at `at`, or immediately if that has passed.

        A later one still starts, unless the customer leaves.
        """
        own = replace(self, present=self._reading())
        stored = await own._stored(conn, account)
        terms = stored.as_of(now)
        ended = succession.ended(
            terms, at, said_at or succession.said_now(terms, now), now, leaves=leaves
        )
        return await own._become(conn, account, stored, ended, now)

    async def take_back(
        self, conn: AsyncConnection, account: str, *, now: datetime, said_at: datetime | None = None
    ) -> Outcome:
        """Cancels the next subscription."""
        own = replace(self, present=self._reading())
        stored = await own._stored(conn, account)
        terms = stored.as_of(now)
        return await own._become(
            conn,
            account,
            stored,
            succession.taken_back(terms, said_at or succession.said_now(terms, now)),
            now,
        )

    async def ended(self, conn: AsyncConnection, ids: Collection[str], now: datetime) -> Outcome:
        """The end date has come.

        Does nothing if the end was withdrawn, or if the next subscription starts then.
        """
        stored = await self._reading().stored_terms(conn, ids)
        ended = {
            key: one
            for key, one in stored.items()
            if one.subscription is not None and not one.subscription.holds(now)
        }
        over = {key: one for key, one in ended.items() if not succession.follows_at_once(one)}
        return await self.change(
            conn, {key: Change(one, one, expired=True) for key, one in over.items()}, now
        )

    async def begin(self, conn: AsyncConnection, ids: Collection[str], now: datetime) -> Outcome:
        """The start date of the next subscription has come.

        Does nothing if it was postponed or cancelled.
        """
        stored = await self._reading().stored_terms(conn, ids)
        return await self.change(
            conn,
            {
                key: Change(one, one.as_of(now))
                for key, one in stored.items()
                if one.as_of(now) is not one
            },
            now,
        )

    async def change(
        self,
        conn: AsyncConnection,
        changes: Mapping[str, Change],
        now: datetime,
        looks: Looks | None = None,
    ) -> Outcome:
        """Under the locks of plans and accounts: stores and evaluates the changes together with
        other pending looks.
        """
        present = self._reading()
        if changes:
            await self._store(conn, changes, now)
            present.forget(changes)
        evaluated = {account: one for account, one in changes.items() if one.is_evaluated(now)}
        moves = [one.move(account, now) for account, one in evaluated.items()]
        ended = await self._end_trials(conn, changes, moves, now, present)
        seen = ended.add(
            await self.watch.reconsider(
                conn,
                {**(looks or {}), **dict.fromkeys(evaluated)},
                now=now,
                told_of_new=False,
                present=present,
            )
        )
        rated = [account for account in evaluated if await self._is_rated(conn, changes[account])]
        seen.add(await rate_watch.settle(conn, self.watch, rated, now, present))
        if moves:
            seen.add(await self.watch.judgement.subscribed(conn, moves, now, present))
        return seen

    async def _is_rated(self, conn: AsyncConnection, one: Change) -> bool:
        """Whether there may be an alert about a rate: nothing is read to find out."""
        before = one.stored.subscription
        if before is None:
            return False
        sold = await self.watch.catalogs.version(conn, before.catalog_version)
        own = (rates.rates(each.thresholds or ()) for each in one.stored.overrides.values())
        return any(own) or bool(rates.lowest([sold]))

    async def _end_trials(
        self,
        conn: AsyncConnection,
        changes: Mapping[str, Change],
        moves: Iterable[PlanMove],
        now: datetime,
        present: Present,
    ) -> Outcome:
        """Before their limits are evaluated, all of which are."""
        trying = [move for move in moves if changes[move.account].stored.trials]
        if not trying:
            return Outcome()
        ended = await self.watch.judgement.trials_cut_short(conn, trying, now, present)
        present.forget(ended.looks)
        ended.looks.clear()
        return ended

    def _reading(self) -> Present:
        return self.present or Present(self.watch.catalogs)

    async def _stored(self, conn: AsyncConnection, account: str) -> Terms:
        found = (await self._reading().stored_terms(conn, [account])).get(account)
        if found is None:
            raise Unknown
        return found

    async def _become(
        self, conn: AsyncConnection, account: str, stored: Terms, after: Terms, now: datetime
    ) -> Outcome:
        return (
            await self.change(conn, {account: Change(stored, after)}, now)
            if after != stored
            else Outcome()
        )

    async def _store(
        self, conn: AsyncConnection, changes: Mapping[str, Change], now: datetime
    ) -> None:
        waiting = {account: one.after.next for account, one in changes.items() if one.changes_next}
        await accounts.put_next(conn, waiting)
        await due.cancel_all(
            conn, [account for account, one in waiting.items() if one is None], STARTS
        )
        await due.schedule_each(
            conn,
            STARTS,
            {account: (one.begins_at, {}) for account, one in waiting.items() if one is not None},
        )
        stored = {
            account: one.after.subscription
            for account, one in changes.items()
            if one.changes_present and one.after.subscription
        }
        if not stored:
            return
        await accounts.put_subscriptions(conn, stored, await catalogs.raise_plans(conn))
        ends = {
            account: one.ended_at
            for account, one in stored.items()
            if one.ended_at is not None and one.ended_at > now
        }
        await due.cancel_all(
            conn, [account for account, one in stored.items() if one.ended_at is None], ENDS
        )
        await due.schedule_each(conn, ENDS, {account: (at, {}) for account, at in ends.items()})
        moves = [line for account, one in changes.items() for line in one.history(account, now)]
        versions = {
            one.catalog_version
            for _, move in moves
            for one in (move.before, move.after)
            if one is not None
        }
        sold = {one: await self.watch.catalogs.version(conn, one) for one in versions}
        lines = (revenue.plan_change(at, move, sold) for at, move in moves)
        await accounts.note_changes(conn, [line for line in lines if line is not None])


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


async def _stored(conn: AsyncConnection, account: str) -> Terms:
    """Call it under the account's lock."""
    found = (await accounts.stored_terms(conn, [account])).get(account)
    if found is None:
        raise Unknown
    return found


async def lock(conn: AsyncConnection, ids: Collection[str]) -> None:
    """The locks that `Subscriptions` needs, in the right order."""
    await catalogs.lock_plans(conn)
    await lock_accounts(conn, ids)


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
    await accounts.put_overrides(conn, overrides)
    if any(rates.rates(one.thresholds or ()) for _, one in overrides):
        await rate_watch.expect(conn, now)


async def delete_override(
    conn: AsyncConnection, watch: Watch, account: str, meter: str, now: datetime
) -> Outcome:
    await lock_accounts(conn, [account])
    await _stored(conn, account)
    await accounts.delete_override(conn, account, meter)
    return await _look(conn, watch, account, meter, now)


async def _look(
    conn: AsyncConnection, watch: Watch, account: str, meter: str, now: datetime
) -> Outcome:
    outcome = await watch.reconsider(conn, {account: {meter}}, now=now, told_of_new=False)
    return outcome.add(await rate_watch.settle(conn, watch, [account], now))


@dataclass(frozen=True, slots=True)
class Application:
    """Of a catalogue. `text`: as it was written, if it is YAML. `on`: the version that is to be
    replaced, 0 if there is none yet; None: whatever is in force.
    """

    text: bytes | None = None
    on: int | None = None


ANYHOW = Application()


class Superseded(Exception):
    """Another version is in force than the one to be replaced."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


async def apply_catalog(
    conn: AsyncConnection,
    known: Catalogs,
    catalog: Catalog,
    author: Author,
    now: datetime,
    how: Application = ANYHOW,
) -> int:
    """Returns its version. The same content keeps its version; if the meters change, all accounts
    are evaluated again in the background.

    Raises Superseded, and CatalogError if usage that was counted cannot be counted in the new way.
    """
    await catalogs.lock_plans(conn)
    before = await check_catalog(conn, known, catalog, how)
    if before is not None and before.catalog == catalog:
        await catalogs.reword(conn, before.version, how.text)
        return before.version
    revision = await catalogs.raise_plans(conn)
    version = await catalogs.store(conn, catalog, revision, now, author, how.text)
    old = None if before is None else {"version": before.version}
    done = Done("apply", "catalogue", str(version), now, before=old, after={"version": version})
    await trail.write(conn, author, done)
    await parked_rows.hasten(conn, "trigger", now)  # this catalogue may fix what another one broke
    if rates.lowest([catalog]):
        await rate_watch.expect(conn, now)
    if _is_counted_otherwise(before, catalog):
        await due.schedule(conn, due.NOBODY, CATALOG, now, {"after": ""})
    return version


async def check_catalog(
    conn: AsyncConnection, known: Catalogs, catalog: Catalog, how: Application = ANYHOW
) -> Applied | None:
    """Raises what `apply_catalog` would, and changes nothing. Returns the one in force."""
    before = await known.in_force(conn)
    in_force = before.version if before else 0
    if how.on is not None and how.on != in_force:
        raise Superseded(in_force)
    if before is None or before.catalog == catalog:
        return before
    if faults := await _uncountable(conn, known, before.catalog, catalog):
        raise CatalogError(faults)
    return before


async def _uncountable(
    conn: AsyncConnection, known: Catalogs, before: Catalog, after: Catalog
) -> list[Fault]:
    """Meters whose usage so far would have to be known in more detail than was kept, also usage of
    a meter that was left out in between. All other changes of `reset` move usage exactly.
    """
    again = {
        key
        for key, meter in after.meters.items()
        if key not in before.meters and not meter.is_gauge
    }
    counted = {**before.meters, **await known.last_meters(conn, again)}
    return [
        Fault(f"/meters{pointer_part(key)}/reset", _SEEN_ONCE)
        for key, meter in counted.items()
        if meter.aggregation == "unique"
        and meter.is_gauge
        and key in after.meters
        and not after.meters[key].is_gauge
    ]


def _is_counted_otherwise(before: Applied | None, catalog: Catalog) -> bool:
    return before is not None and before.catalog.meters != catalog.meters
