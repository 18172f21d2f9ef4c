"""In which billing periods usage is counted: looked up in the subscriptions, and usage moved when they change."""

from collections.abc import Collection
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.accounts import Accounts
from services.ingest.moves import lay_out
from services.ingest.plans import PART, Subscribed, changed_since, subscribed
from services.ingest.tables import progress
from services.ingest.wakeups import wake
from shared import parked
from shared.isolation import AccountsFailed, Isolation
from shared.parking import FaultLog
from shared.turn import Turn

SERVICE: Final = "ingest"
_MOST_CHANGES: Final = 1_000
"""After more changes at once than this, all accounts are looked up again instead of those."""
_MOST_MOVES: Final = 500
"""So many accounts are looked at in one turn."""


class Layout:
    """The calendars of accounts as of one revision of the plans; `laid_out`: up to which one each partition's usage has been moved."""

    def __init__(self) -> None:
        self.accounts = Accounts()
        self._partitions = 0
        self._plans = 0
        self._laid_out: dict[int, int] = {}
        self._log = FaultLog(SERVICE)

    async def begin(self, conn: AsyncConnection, owned: Collection[int], partitions: int) -> None:
        """Forgets everything. The topic has `partitions`; these of them are owned now, or are looked at anew."""
        self.accounts.spread_over(partitions)
        self.accounts.forget_calendars()
        self._partitions = partitions
        self._laid_out |= await progress.read(conn, owned, partitions)

    async def follow(self, conn: AsyncConnection, plans: int) -> None:
        """Forgets the calendars of accounts whose subscriptions may have changed up to this revision, which nobody can raise meanwhile."""
        if plans == self._plans:
            return
        changed = await changed_since(conn, self._plans, _MOST_CHANGES + 1) if self._plans else {}
        self.accounts.forget_calendars(changed if self._plans and len(changed) <= _MOST_CHANGES else None)
        self._plans = plans

    async def look_up(self, turn: Turn, accounts: Collection[str]) -> None:
        """The calendars of these accounts. If their periods changed a moment ago, moves their usage: the batch counts in the new ones."""
        unknown = [account for account in accounts if self.accounts[account].grid is None]
        if not unknown:
            return
        isolation = Isolation()
        found = await subscribed(turn.conn, unknown, isolation)
        isolation.check()
        wake(turn, await lay_out(turn.conn, {account: one for account, one in found.items() if self._is_new(account, one)}))
        for account in unknown:
            self.accounts[account].learn(found[account].grid if account in found else None)

    def _is_new(self, account: str, one: Subscribed) -> bool:
        return one.revision > self._laid_out[self.accounts[account].partition]

    async def lay_out_changed(self, turn: Turn, owned: Collection[int], plans: int) -> None:
        """Moves the usage of accounts of these partitions whose subscriptions have changed since the last time."""
        since = min((self._laid_out[partition] for partition in owned), default=plans)
        if since >= plans:
            return
        changed = await changed_since(turn.conn, since, _MOST_MOVES)
        upto = max(changed.values()) if len(changed) >= _MOST_MOVES else plans
        here = {account for account in changed if self.accounts[account].partition in owned}
        await self._lay_out(turn, here)
        await progress.note(turn.conn, owned, self._partitions, upto)
        turn.after_commit(lambda: self._laid_out.update(dict.fromkeys(owned, upto)))

    async def lay_out_again(self, turn: Turn, owned: Collection[int]) -> None:
        """Those that failed before and whose pause has ended."""
        aside = await parked.due_in(turn.conn, SERVICE, PART, turn.now, _MOST_MOVES)
        here = {account for account in aside if self.accounts[account].partition in owned}
        if not here:
            return
        failed = await self._lay_out(turn, here)
        if moved := here - failed:
            await parked.heal(turn.conn, SERVICE, PART, moved, turn.now)
            await parked.let_go(turn.conn, SERVICE, PART, moved)

    async def _lay_out(self, turn: Turn, accounts: Collection[str]) -> set[str]:
        """Moves their usage; those that fail are set aside and tried again, all others are moved. Returns the accounts that failed."""
        isolation = Isolation()
        wanted = await subscribed(turn.conn, accounts, isolation)
        failures = isolation.failures
        while wanted:
            try:
                async with turn.conn.begin_nested():
                    due = await lay_out(turn.conn, wanted)
            except AccountsFailed as failed:
                failures |= failed.failures
                wanted = {account: one for account, one in wanted.items() if account not in failures}
            else:
                wake(turn, due)
                break
        places = {(account, PART): one for account, one in failures.items()}
        await parked.park(turn.conn, SERVICE, places, turn.now)
        if places:
            turn.after_commit(lambda: self._log.tell(places))
        return set(failures)
