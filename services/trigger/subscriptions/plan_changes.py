"""Subscriptions that begin, change and end. Each change is evaluated in its own transaction.

Locks are taken in the order of docs/architecture.md: plans, accounts, totals. What changes nothing
takes no lock and fires nothing again.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import PlanMove, Subscription, Terms
from services.trigger.alerts import rate_watch, rates
from services.trigger.alerts.watch import Watch
from services.trigger.outcome import Outcome
from services.trigger.places import Looks
from services.trigger.process import revenue
from services.trigger.subscriptions import succession
from services.trigger.subscriptions.changes import (
    NO_CATALOG,
    Change,
    Selling,
    Unsold,
    change,
    ordered,
)
from services.trigger.subscriptions.orders import Order
from services.trigger.tables import accounts, catalogs, due
from services.trigger.tables.present import Present
from shared.postgres.database import lock_accounts

ENDS, STARTS = "subscription_end", "subscription_start"
"""Timers: a subscription that ends or starts later."""


class Unknown(Exception):
    """No account has this id any more: it was erased between the read and the lock."""


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


async def lock(conn: AsyncConnection, ids: Collection[str]) -> None:
    """The locks that `Subscriptions` needs, in the right order."""
    await catalogs.lock_plans(conn)
    await lock_accounts(conn, ids)
