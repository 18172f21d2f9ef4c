"""What the trigger has of an account and of its people; and how an erasure begins, and ends where an id is used again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger import plans
from services.trigger.accounts import Account
from services.trigger.tables import accounts, catalogs
from shared import erasure, leftovers
from shared.erasing import Rows, Step
from shared.tombstones import account_hash, contact_hash

BEING_ERASED = "What had this id before is being erased: try again in a moment."

MASTER_DATA = (
    Rows("contact", contact="account = :account and id = :contact"),
    Rows("subscription"),
    Rows("next_subscription"),
    Rows("plan_change"),
    Rows("limit_override"),
    Rows("account", "id = :account"),
)
"""Without these nobody knows the account any more. In an order that references allow."""

STEPS: Sequence[Step] = (
    *MASTER_DATA,
    Rows("due"),
    Rows("refusal"),
    Rows("contact_history", contact="account = :account and contact = :contact"),
    Rows("signal"),
    Rows("suppression"),
    Rows("remedy"),
    Rows("quote"),
    Rows("account_record"),
    Rows("opportunity"),
    Rows("proposal"),
    Rows("meter_state"),
    Rows("alert"),
    Rows("decision"),
    Rows("fact"),
    *leftovers.steps("trigger"),
)


async def erase_account(conn: AsyncConnection, account: str, now: datetime) -> Row[Any] | None:
    """From the commit on nobody knows it; what there was is deleted by the services. None: there is nothing of it and never was."""
    await plans.lock(conn, [account])
    before = await erasure.find(conn, account_hash(account))
    is_known = await accounts.find(conn, account) is not None
    if before is not None and not is_known and before.returned_at is None:
        return before
    if not is_known and not (await conn.execute(_HAS_USAGE, {"account": account})).scalar_one():
        return None
    for table, where in ((rows.table, rows.account) for rows in MASTER_DATA):
        await conn.execute(text(f"delete from {table} where {where}"), {"account": account})
    return await erasure.begin(conn, account, None, {}, now, await catalogs.raise_plans(conn))


@dataclass(frozen=True, slots=True)
class Readmission:
    """Erased ids that are given to somebody. `waiting`: accounts of which there is still something; the others may come back."""

    waiting: frozenset[str]
    returning: Mapping[str, Collection[bytes]]

    async def write(self, conn: AsyncConnection, now: datetime) -> None:
        """Under the locks of plans and accounts: a new account, or a new contact. Only what happens from now on is theirs."""
        hashes = [hash for several in self.returning.values() for hash in several]
        if hashes:
            await erasure.come_back(conn, hashes, now, await catalogs.raise_plans(conn))


async def readmission(conn: AsyncConnection, accounts: Iterable[Account]) -> Readmission:
    """What has to be done before these are stored."""
    owners: dict[bytes, str] = {}
    for one in accounts:
        owners[account_hash(one.id)] = one.id
        owners |= {contact_hash(one.id, contact.id): one.id for contact in one.contacts}
    standing = await erasure.standing(conn, owners)
    waiting = frozenset(owners[hash] for hash, is_under_way in standing.items() if is_under_way)
    returning: dict[str, list[bytes]] = {}
    for hash in standing:
        if owners[hash] not in waiting:
            returning.setdefault(owners[hash], []).append(hash)
    return Readmission(waiting, returning)


_HAS_USAGE = text(
    """
    select exists (select 1 from usage_total where account = :account) or exists (select 1 from usage_unassigned where account = :account)
        or exists (select 1 from usage_day where account = :account)
    """
)
