"""Which periods usage is counted in: looks them up in the subscriptions, and moves usage when those
or the meters' resets change.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.accounts import Accounts
from services.ingest.backlog.hour_backlog import HourBacklog
from services.ingest.counting import Columns
from services.ingest.move_usage import reassign_periods
from services.ingest.rosters import MOST_ACCOUNTS, Rosters
from services.ingest.tables import period_rows, progress, totals
from services.ingest.tables.plans import (
    PART,
    UNSUBSCRIBED,
    Resets,
    Subscribed,
    changed_since,
    resets_since,
    subscribed,
)
from services.ingest.tables.progress import Progress
from services.ingest.wakeups import wake
from shared.erasure import requests as erasure
from shared.loop import parked_rows
from shared.loop.isolation import AccountsFailed, Isolation
from shared.loop.parking import FaultLog
from shared.loop.turn import Turn
from shared.postgres.database import savepoint
from shared.values.periods import Reset

SERVICE: Final = "ingest"
_MOST_CHANGES: Final = 1_000
"""After more changes than this, all accounts are looked up again instead of the changed ones."""
_MOST_MOVES: Final = 500
"""The most accounts in one turn."""
_MOST_TOTALS: Final = 5_000
_FIRST_PAGE: Final = 20
_WALK_SECONDS, _SLOW_SECONDS = 0.1, 0.2
"""A walk takes this long of a turn, or as long as a single page of accounts; if that is longer,
pages become smaller.
"""


def otherwise(
    wanted: Mapping[str, Reset],
    laid_out: Mapping[str, Reset],
    since: Collection[Mapping[str, Reset]],
) -> set[str]:
    """Meters whose usage may lie in other periods than it should: as it was laid out, or by a
    catalogue that came since and is not in force any more, in whose periods usage was counted, and
    moved as far as that walk had come.
    """
    return {
        meter
        for meter, reset in wanted.items()
        if laid_out.get(meter) != reset or any(one.get(meter) != reset for one in since)
    }


class Layout:
    """The accounts' calendars as of one revision of the plans; `progress`: how far each partition's
    usage has been moved.

    An account whose running periods are in its partition's roster needs no calendar.
    """

    def __init__(self, backlog: HourBacklog, most: int = MOST_ACCOUNTS) -> None:
        """`backlog`: hours that must be written before usage is moved. `most`: accounts in the
        rosters.
        """
        self._backlog = backlog
        self.accounts = Accounts()
        self.rosters = Rosters(most)
        self._partitions = 0
        self._plans = 0
        self._progress: dict[int, Progress] = {}
        self._page = _FIRST_PAGE
        self._between = (0, 0)
        self._since: list[Mapping[str, Reset]] = []
        self._log = FaultLog(SERVICE)

    async def begin(self, conn: AsyncConnection, owned: Collection[int], partitions: int) -> None:
        """Forgets everything. The topic has `partitions`; `owned` are owned now, or must be read
        again.
        """
        self.accounts.spread_over(partitions)
        self.accounts.forget_calendars()
        self.rosters.clear()
        self._partitions = partitions
        self._progress |= await progress.read(conn, owned, partitions)

    async def follow(self, conn: AsyncConnection, plans: int) -> None:
        """Forgets the calendars of accounts whose subscriptions may have changed up to this
        revision, and erased accounts. The caller holds a lock that keeps the revision from rising.
        """
        if plans == self._plans:
            return
        erased = await erasure.since(conn, self._plans)
        self.accounts.bar(erased)
        changed = await changed_since(conn, self._plans, _MOST_CHANGES + 1) if self._plans else {}
        if (
            not self._plans
            or len(changed) > _MOST_CHANGES
            or any(one.account is None for one in erased)
        ):
            self.accounts.forget_calendars()
            self.rosters.clear()
        else:
            self.accounts.forget_calendars(changed)
            self.rosters.forget({*changed, *(one.account for one in erased if one.account)})
        self._plans = plans

    async def recall(
        self, conn: AsyncConnection, partition: int, columns: Columns, resets: Resets, now: datetime
    ) -> None:
        """Looks for the running periods of accounts of which nothing is known in the rows of their
        totals: cheaper than computing them. Not while usage is being moved, for those rows may lie
        in other periods.
        """
        place, roster = self._progress[partition], self.rosters.of(partition)
        unknown = {
            account
            for account, slot in zip(columns.accounts, columns.slots, strict=True)
            if slot < 0 and self.accounts.is_unknown(account)
        }
        if not unknown or place.catalog < resets.revision:
            return
        for found in await period_rows.running(conn, unknown, resets, place.revision, now):
            roster.learn(*found)
        columns.slots[:] = roster.slots(columns.accounts)

    def promote(self, partition: int, accounts: Iterable[str], now: datetime) -> None:
        """Call after the commit: what has been computed of these accounts serves their next
        events.
        """
        roster = self.rosters.of(partition)
        found: dict[Reset, list[tuple[str, float, float]]] = defaultdict(list)
        for account in accounts:
            known = self.accounts.get(account)
            if known is not None and known.plain_key is not None:
                for reset, window in known.running(now):
                    found[reset].append((account, window.start.timestamp(), window.end.timestamp()))
        for reset, periods in found.items():
            roster.learn(reset, *map(list, zip(*periods, strict=True)))

    async def look_up(self, turn: Turn, accounts: Collection[str], resets: Resets) -> None:
        """Looks up the calendars of these accounts. If their periods have just changed, moves their
        usage, because the batch counts in the new ones.
        """
        unknown = [account for account in accounts if self.accounts[account].grid is None]
        if not unknown:
            return
        isolation = Isolation()
        found = await subscribed(turn.conn, unknown, isolation)
        isolation.check()
        new = {account: one for account, one in found.items() if self._is_new(account, one)}
        await self._backlog.write(turn.conn, new)
        wake(turn, await reassign_periods(turn.conn, new, resets))
        for account in unknown:
            self.accounts[account].learn(found[account].grid if account in found else None)

    def _is_new(self, account: str, one: Subscribed) -> bool:
        return one.revision > self._progress[self.accounts[account].partition].revision

    async def reassign_changed(
        self, turn: Turn, owned: Collection[int], plans: int, resets: Resets
    ) -> None:
        """Moves the usage of these partitions' accounts whose subscriptions have changed since the
        last time.
        """
        since = min((self._progress[partition].revision for partition in owned), default=plans)
        if since >= plans:
            return
        changed = await changed_since(turn.conn, since, _MOST_MOVES)
        upto = max(changed.values()) if len(changed) >= _MOST_MOVES else plans
        here = {account for account in changed if self.accounts[account].partition in owned}
        await self._reassign(turn, here, resets)
        await self._note(
            turn,
            {partition: self._progress[partition]._replace(revision=upto) for partition in owned},
        )

    async def walk(self, turn: Turn, owned: Collection[int], resets: Resets) -> None:
        """After a catalogue that changes the resets of meters: moves the usage of all accounts of
        these partitions, some in each turn.

        New usage is meanwhile counted in the new periods; an account's earlier usage follows in its
        turn.
        """
        behind = {
            partition: self._progress[partition]
            for partition in owned
            if self._progress[partition].catalog < resets.revision
        }
        if not behind:
            return
        since = await self._resets_since(
            turn.conn, min(one.catalog for one in behind.values()), resets.revision
        )
        changed = {
            meter
            for one in behind.values()
            for meter in otherwise(resets.by_meter, one.resets, since)
        }
        places = {one.walked_for(resets.revision) for one in behind.values()}
        # Only the database knows the order of several.
        upto: str | None = places.pop() if len(places) == 1 else ""
        started = time.monotonic()
        while changed and upto is not None and time.monotonic() - started < _WALK_SECONDS:
            upto = await self._walk_on(turn, behind, changed, upto, resets)
        if upto is None or not changed:
            noted = {
                partition: one.done(resets.revision, resets.by_meter)
                for partition, one in behind.items()
            }
        else:
            noted = {
                partition: one._replace(walking=resets.revision, walked=upto)
                for partition, one in behind.items()
            }
        await self._note(turn, noted)

    async def _resets_since(
        self, conn: AsyncConnection, revision: int, upto: int
    ) -> list[Mapping[str, Reset]]:
        """Read once for a walk. From the very beginning all usage is laid out anyway."""
        if not revision:
            return []
        if self._between != (revision, upto):
            self._since, self._between = await resets_since(conn, revision), (revision, upto)
        return self._since

    async def _walk_on(
        self,
        turn: Turn,
        owned: Collection[int],
        meters: Collection[str],
        after: str,
        resets: Resets,
    ) -> str | None:
        """Moves the next accounts; returns the last one examined, None after the end."""
        started = time.monotonic()
        page = await totals.page(turn.conn, meters, after, _MOST_TOTALS)
        here = [account for account in page.accounts if self.accounts.partition(account) in owned]
        await self._reassign(turn, set(here[: self._page]), resets)
        seconds = time.monotonic() - started
        upto = page.upto if len(here) <= self._page else here[self._page - 1]
        if seconds > _SLOW_SECONDS:
            self._page = max(1, min(self._page, len(here)) // 2)
        elif seconds < _WALK_SECONDS:
            self._page = min(_MOST_MOVES, self._page * 2)
        return upto

    async def _note(self, turn: Turn, noted: Mapping[int, Progress]) -> None:
        await progress.note(turn.conn, noted, self._partitions)
        turn.after_commit(lambda: self._progress.update(noted))

    async def reassign_again(self, turn: Turn, owned: Collection[int], resets: Resets) -> None:
        """Retries accounts that failed before and whose pause has ended."""
        aside = await parked_rows.due_in(turn.conn, SERVICE, PART, turn.now, _MOST_MOVES)
        here = {account for account in aside if self.accounts[account].partition in owned}
        if not here:
            return
        failed = await self._reassign(turn, here, resets)
        if moved := here - failed:
            await parked_rows.heal(turn.conn, SERVICE, PART, moved, turn.now)
            await parked_rows.let_go(turn.conn, SERVICE, PART, moved)

    async def _reassign(self, turn: Turn, accounts: Collection[str], resets: Resets) -> set[str]:
        """Moves their usage; those that fail are set aside and retried later, all others are moved.
        Returns the failed accounts.
        """
        isolation = Isolation()
        found = await subscribed(turn.conn, accounts, isolation)
        failures = isolation.failures
        wanted = {
            account: found.get(account, UNSUBSCRIBED)
            for account in accounts
            if account not in failures
        }
        await self._backlog.write(turn.conn, wanted)
        while wanted:
            try:
                async with savepoint(turn.conn):
                    due = await reassign_periods(turn.conn, wanted, resets)
            except AccountsFailed as failed:
                failures |= failed.failures
                wanted = {
                    account: one for account, one in wanted.items() if account not in failures
                }
            else:
                wake(turn, due)
                break
        places = {(account, PART): one for account, one in failures.items()}
        await parked_rows.park(turn.conn, SERVICE, places, turn.now)
        if places:
            turn.after_commit(lambda: self._log.tell(places))
        return set(failures)
