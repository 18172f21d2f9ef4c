"""Timers of subscriptions and catalogues: later starts and ends, agreed changes of plan, and
accounts to evaluate again after the meters changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.alerts.watch import Watch
from services.trigger.outcome import Outcome
from services.trigger.purposes import Purpose
from services.trigger.subscriptions import succession
from services.trigger.subscriptions.catalog_changes import CATALOG, CATALOG_LOOK
from services.trigger.subscriptions.changes import Unsold
from services.trigger.subscriptions.orders import Order
from services.trigger.subscriptions.plan_changes import ENDS, STARTS, Subscriptions
from services.trigger.tables import accounts, due
from services.trigger.tables.due import Due
from services.trigger.tables.present import Present
from shared.telemetry.logs import log

PLAN_CHANGE = "plan_change"
"""Agreed lower plans: versions without `next_subscription` scheduled them here."""

PAGE = 500


@dataclass(frozen=True, slots=True)
class SubscriptionTimers:
    """Runs under the locks of the accounts; what changes plans also under the lock of plans."""

    watch: Watch

    @property
    def purposes(self) -> Sequence[Purpose]:
        return (
            Purpose(ENDS, self._end, changes_plans=True),
            Purpose(STARTS, self._begin, changes_plans=True),
            Purpose(PLAN_CHANGE, self._change_plan, changes_plans=True),
            Purpose(CATALOG, self._next_page),
            Purpose(CATALOG_LOOK, self._look_after_catalog),
        )

    async def _end(self, conn: AsyncConnection, taken: Sequence[Due], now: datetime) -> Outcome:
        return await Subscriptions(self.watch).ended(conn, due.accounts_of(taken), now)

    async def _begin(self, conn: AsyncConnection, taken: Sequence[Due], now: datetime) -> Outcome:
        return await Subscriptions(self.watch).begin(conn, due.accounts_of(taken), now)

    async def _change_plan(
        self, conn: AsyncConnection, found: Sequence[Due], now: datetime
    ) -> Outcome:
        """Only if they are still on the plan from which it was agreed."""
        outcome, present = Outcome(), Present(self.watch.catalogs)
        subscriptions = Subscriptions(self.watch, present)
        terms = await present.terms(conn, {one.account for one in found}, now)
        applied = await present.in_force(conn)
        for one in found:
            running = terms[one.account].running(now) if one.account in terms else None
            if running is None or applied is None or running.plan != one.payload["from"]:
                continue
            moved = succession.moved_to(
                running, one.payload["plan"], applied.version, applied.catalog
            )
            done = await subscriptions.put(conn, one.account, Order.of(moved), now=now)
            if isinstance(done, Unsold):
                log.error("plan_change_not_sold", faults=[fault.reason for fault in done.faults])
            else:
                outcome.add(done)
        return outcome

    async def _next_page(
        self, conn: AsyncConnection, taken: Sequence[Due], now: datetime
    ) -> Outcome:
        """The next page of accounts to evaluate again, each with its own timer so that a failure
        holds up no other.
        """
        page = await accounts.page(conn, taken[0].payload["after"], PAGE)
        if len(page) == PAGE:
            await due.schedule(conn, due.NOBODY, CATALOG, now, {"after": page[-1]})
        await due.schedule_all(conn, page, CATALOG_LOOK, now)
        return Outcome()

    async def _look_after_catalog(
        self, conn: AsyncConnection, taken: Sequence[Due], now: datetime
    ) -> Outcome:
        return await self.watch.reconsider(
            conn, dict.fromkeys(due.accounts_of(taken)), now=now, told_of_new=False
        )
