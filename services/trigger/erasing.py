"""What the trigger has of an account and of its people; and how an erasure begins, and ends where an id is used again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger import plans
from services.trigger.accounts import Account
from services.trigger.judgement.fact_types import TYPES
from services.trigger.outcome import Outcome
from services.trigger.tables import accounts, catalogs
from services.trigger.watching import Watch
from shared import erasure, leftovers, rewriting
from shared.erasing import PIECE, Rows, Step, Work
from shared.rewriting import Rewritten
from shared.scrubbing import Person, is_by, scrubbed
from shared.tombstones import account_hash, contact_hash

BEING_ERASED = "What had this id before is being erased: try again in a moment."

_TELLING = 8
"""Characters of an id that may be a name or an address: a shorter one is in too many others."""

MASTER_DATA = (
    Rows("contact", contact="account = :account and id = :contact"),
    Rows("subscription"),
    Rows("next_subscription"),
    Rows("plan_change"),
    Rows("limit_override"),
    Rows("account", "id = :account"),
)
"""Without these nobody knows the account any more. In an order that references allow."""


async def under_an_alias(conn: AsyncConnection, work: Work) -> int:
    """A mailbox that wants no offers gets none: that stays, as its hash; and that somebody has left, under the alias of their facts."""
    if work.erasure.contact is None:
        return 0
    person = rewriting.person_of(work)
    given = {"account": person.account, "contact": person.contact, "alias": person.alias}
    await conn.execute(_DROP_REFUSALS, given)
    await conn.execute(_HAS_LEFT, given | {"at": work.erasure.requested_at})
    return (await conn.execute(_LET_GO, given)).rowcount


def fact_without(row: Mapping[str, Any], person: Person, _theirs: Collection[str]) -> Mapping[str, Any]:
    """Of what they have stated themselves, only the fields that rules read."""
    event = row["event"]
    data, shape = event.get("data"), TYPES.get(event.get("type"))
    if is_by(data, person.contact):
        known = {one.encode_name for one in msgspec.structs.fields(shape)} if shape is not None else set[str]()
        event = {**event, "data": {name: value for name, value in data.items() if name in known}}
    return {"event": scrubbed(event, person)}


async def stated_by(conn: AsyncConnection, person: Person) -> Collection[str]:
    """By these keys the record remembers what they have stated."""
    given = {"account": person.account, "ids": [person.contact, person.alias]}
    return set((await conn.execute(_STATED_BY, given)).scalars())


async def name_facts_anew(conn: AsyncConnection, work: Work) -> int:
    """An id of a fact that holds a name or an address becomes a hash. Sent again it is refused: it is somebody's who was erased."""
    if work.erasure.contact is None:
        return 0
    person = rewriting.person_of(work)
    words = [word.lower() for word in (*person.words, person.contact) if len(word) >= _TELLING]
    given = {"account": person.account, "words": words, "limit": PIECE}
    return (await conn.execute(_NAME_ANEW, given)).rowcount


STEPS: Sequence[Step] = (
    *MASTER_DATA,
    Rows("due"),
    Rows("refusal"),
    Rows("contact_history"),
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
    under_an_alias,
    Rewritten("fact", "event", rule=fact_without),
    Rewritten("account_record", "body", key="account", of="text", theirs=stated_by, locks=True),
    name_facts_anew,
    Rewritten("signal", "evidence", key="type || ' ' || key", of="text"),
    Rewritten("proposal", "contacts"),
    Rewritten("decision", "body"),
    Rewritten("opportunity", "told"),
    Rewritten("quote", "body", key="id", of="text"),
    *leftovers.steps("trigger"),
)


async def erase_contact(conn: AsyncConnection, watch: Watch, account: str, contact: str, now: datetime) -> tuple[Row[Any] | None, Outcome]:
    """From the commit on they are no contact, also one who was not any more. None: nobody had this id in this account."""
    await plans.lock(conn, [account])
    before = await erasure.find(conn, contact_hash(account, contact))
    stored = await accounts.find(conn, account)
    if stored is None:
        return None, Outcome()
    person = next((one for one in stored.contacts if one.id == contact), None)
    if person is None and before is not None and before.returned_at is None:
        return before, Outcome()
    given = {"account": account, "contact": contact}
    if person is None and not (await conn.execute(_HAD_CONTACT, given)).scalar_one():
        return None, Outcome()
    outcome, known = Outcome(), dict[str, str]()
    if person is not None:
        known = {"name": person.name, "email": person.email or ""}
        others = tuple(one for one in stored.contacts if one.id != contact)
        _, outcome = await plans.put_account(conn, watch, replace(stored, contacts=others), now)
    return await erasure.begin(conn, account, contact, known, now, await catalogs.raise_plans(conn)), outcome


async def erase_account(conn: AsyncConnection, account: str, now: datetime) -> Row[Any] | None:
    """From the commit on nobody knows it; what there was is deleted by the services. None: there is nothing of it and never was.

    It may never have been an account: usage is counted for any id, and what could not be used is kept. A record of which nobody could tell
    whom it is about cannot be found by an id that nobody has.
    """
    await plans.lock(conn, [account])
    before = await erasure.find(conn, account_hash(account))
    is_known = await accounts.find(conn, account) is not None
    if before is not None and not is_known and before.returned_at is None:
        return before
    if not is_known and not (await conn.execute(_HAS_ROWS, {"account": account, "services": list(erasure.SERVICES)})).scalar_one():
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


_DROP_REFUSALS = text("delete from refusal where account = :account and contact = :contact and mailbox is null")
_HAS_LEFT = text(
    """
    with gone as (delete from contact_history where account = :account and contact = :contact)
    insert into contact_history (account, contact, left_at) select id, :alias, :at from account where id = :account on conflict do nothing
    """
)
_LET_GO = text(
    """
    update refusal set contact = :alias, fact = 'erased ' || encode(sha256(convert_to(fact, 'UTF8')), 'hex')
    where account = :account and contact = :contact
    """
)
_STATED_BY = text(
    """
    select source || ' ' || id from fact
    where account = :account and (event -> 'data' ->> 'contact' = any(cast(:ids as text[]))
        or event -> 'data' ->> 'said_by' = any(cast(:ids as text[])) or event -> 'data' ->> 'user' = any(cast(:ids as text[])))
    """
)
_NAME_ANEW = text(
    """
    update fact set id = 'erased-' || encode(sha256(convert_to(id, 'UTF8')), 'hex')
    where ctid = any(array(
        select ctid from fact where account = :account and exists (
            select 1 from unnest(cast(:words as text[])) as w(word) where position(w.word in lower(id)) > 0)
        limit :limit))
    """
)
_HAD_CONTACT = text(
    """
    select exists (select 1 from contact_history where account = :account and contact = :contact)
        or exists (select 1 from notification where account = :account and contact = :contact)
        or exists (select 1 from fact where account = :account and (event -> 'data' ->> 'contact' = :contact
                                                                    or event -> 'data' ->> 'said_by' = :contact))
    """
)
_KEPT_OF_ANYBODY = ("usage_total", "usage_unassigned", "usage_day", "unique_member", "meter_state", "fact")
_SET_ASIDE = ("parked", "parked_record")
"""What may be kept of an id that was never put. Nothing of it is with the notifier."""
_HAS_ROWS = text(
    f"""
    select {" or ".join(f"exists (select from {table} where account = :account)" for table in _KEPT_OF_ANYBODY)}
        or {" or ".join(f"exists (select from {table} where service = any(:services) and account = :account)" for table in _SET_ASIDE)}
        or exists (select from event_rejected where accounts @> array[cast(:account as text)])
    """
)
