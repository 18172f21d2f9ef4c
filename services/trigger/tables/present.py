"""What one transaction knows of its accounts, each thing read once."""

from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account, Terms
from services.trigger.catalog_in_force import Applied
from services.trigger.tables import accounts
from services.trigger.tables.catalogs import Catalogs
from shared.postgres.database import lock_accounts

_Row = TypeVar("_Row")


class Present:
    """The catalogue in force, terms and profiles, read when they are first needed.

    Read after the locks of the accounts are taken, and passed on to everything that follows in the
    transaction. Anything that changes an account's plan makes it `forget` the account.
    """

    def __init__(self, catalogs: Catalogs) -> None:
        self.catalogs = catalogs
        self._in_force: list[Applied | None] = []
        self._locked: set[str] = set()
        self._terms: dict[str, Terms | None] = {}
        self._profiles: dict[str, Account | None] = {}

    async def in_force(self, conn: AsyncConnection) -> Applied | None:
        """None if no catalogue has been applied yet."""
        if not self._in_force:
            self._in_force = [await self.catalogs.in_force(conn)]
        return self._in_force[0]

    async def in_force_locking(self, conn: AsyncConnection, ids: Collection[str]) -> Applied | None:
        """The same, and takes the accounts' locks with the same statement."""
        if missing := [account for account in ids if account not in self._locked]:
            if self._in_force:
                await lock_accounts(conn, missing)
            else:
                self._in_force = [await self.catalogs.in_force_locking(conn, missing)]
            self._locked.update(missing)
        return await self.in_force(conn)

    async def terms(
        self, conn: AsyncConnection, ids: Collection[str], now: datetime
    ) -> dict[str, Terms]:
        """The terms of the known accounts; a subscription whose day has come is in force even if
        the timer has not run yet.
        """
        return {key: one.as_of(now) for key, one in (await self.stored_terms(conn, ids)).items()}

    async def stored_terms(self, conn: AsyncConnection, ids: Collection[str]) -> dict[str, Terms]:
        """The terms as stored, for the known accounts."""
        return await _known(conn, ids, self._terms, accounts.stored_terms)

    async def profiles(self, conn: AsyncConnection, ids: Collection[str]) -> dict[str, Account]:
        """Master data with contacts, for the known accounts."""
        return await _known(conn, ids, self._profiles, accounts.profiles)

    def forget(self, ids: Iterable[str]) -> None:
        """Their terms have changed, and are read again."""
        for account in ids:
            self._terms.pop(account, None)


async def _known(
    conn: AsyncConnection,
    ids: Collection[str],
    known: dict[str, _Row | None],
    read: Callable[[AsyncConnection, list[str]], Coroutine[Any, Any, Mapping[str, _Row]]],
) -> dict[str, _Row]:
    missing = [account for account in ids if account not in known]
    if missing:
        known |= dict.fromkeys(missing) | dict(await read(conn, missing))
    return {account: one for account in ids if (one := known[account]) is not None}
