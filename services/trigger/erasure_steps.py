"""What the trigger stores about an account and its people; how an erasure starts, and what happens
when an id is used again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account
from services.trigger.alerts.watch import Watch
from services.trigger.judgement.facts.types import TYPES
from services.trigger.outcome import Outcome
from services.trigger.subscriptions import account_changes, plan_changes
from services.trigger.tables import accounts, catalogs
from services.trigger.tables import erasure as erased_data
from services.trigger.tables.erasure import MASTER_DATA
from shared.erasure import leftovers, rewrites
from shared.erasure import requests as erasure
from shared.erasure.eraser import Rows, Step, Work
from shared.erasure.rewrites import Rewritten
from shared.erasure.scrubbing import Person, is_by, scrubbed
from shared.erasure.tombstones import account_hash, contact_hash

BEING_ERASED = "The account or contact that had this id is being erased: try again in a moment."

_TELLING = 8
"""An id this long may be a name or an address; a shorter one occurs in too many other ids."""


async def under_an_alias(conn: AsyncConnection, work: Work) -> int:
    """Two things are kept: the hash of a mailbox that refused offers, and that someone left, under
    the alias used in their facts.
    """
    if work.erasure.contact is None:
        return 0
    person = rewrites.person_of(work)
    return await erased_data.put_under_alias(conn, person, work.erasure.requested_at)


def fact_without(
    row: Mapping[str, Any], person: Person, _theirs: Collection[str]
) -> Mapping[str, Any]:
    """Of what they stated themselves, keeps only the fields that rules read."""
    event = row["event"]
    data, shape = event.get("data"), TYPES.get(event.get("type"))
    if is_by(data, person.contact):
        known = (
            {one.encode_name for one in msgspec.structs.fields(shape)}
            if shape is not None
            else set[str]()
        )
        event = {**event, "data": {name: value for name, value in data.items() if name in known}}
    return {"event": scrubbed(event, person)}


def change_without(
    row: Mapping[str, Any], person: Person, _theirs: Collection[str]
) -> Mapping[str, Any]:
    """Of a contact who was changed nothing stays but the alias: an earlier name or address is not
    known any more.
    """
    return rewrites.plainly(
        {side: fields and _without(fields, person) for side, fields in row.items()}, person, ()
    )


def _without(fields: Mapping[str, Any], person: Person) -> Mapping[str, Any]:
    contacts = fields.get("contacts")
    if not isinstance(contacts, list):
        return fields
    kept = [{"id": one["id"]} if one["id"] == person.contact else one for one in contacts]
    return {**fields, "contacts": kept}


async def rename_facts(conn: AsyncConnection, work: Work) -> int:
    """Replaces fact ids that contain a name or an address by a hash.

    A resend is refused because it concerns an erased person.
    """
    if work.erasure.contact is None:
        return 0
    person = rewrites.person_of(work)
    words = [word.lower() for word in (*person.words, person.contact) if len(word) >= _TELLING]
    return await erased_data.rename_facts(conn, person.account, words)


STEPS: Sequence[Step] = (
    *MASTER_DATA,
    Rows("due"),
    Rows("account_overview_mark"),
    Rows("refusal"),
    Rows("contact_history"),
    Rows("signal"),
    Rows("suppression"),
    Rows("remedy"),
    Rows("quote"),
    Rows("backtest_row"),
    Rows("backtest"),
    Rows("account_record"),
    Rows("entry"),
    Rows("task"),
    Rows("trial"),
    Rows("opportunity"),
    Rows("proposal"),
    Rows("meter_state"),
    Rows("alert"),
    Rows("decision"),
    Rows("fact"),
    Rows("audit"),
    under_an_alias,
    Rewritten("fact", "event", rule=fact_without),
    Rewritten(
        "account_record", "body", key="account", of="text", theirs=erased_data.stated_by, locks=True
    ),
    rename_facts,
    Rewritten("signal", "evidence", key="type || ' ' || key", of="text"),
    Rewritten("proposal", "contacts"),
    Rewritten("decision", "body"),
    Rewritten("opportunity", "told", "next_step"),
    Rewritten("entry", "body", key="n"),
    Rewritten("task", "words"),
    Rewritten("trial", "criteria"),
    Rewritten("quote", "body", key="id", of="text"),
    Rewritten("audit", "before", "after", key="n", rule=change_without),
    *leftovers.steps("trigger"),
)


async def erase_contact(
    conn: AsyncConnection, watch: Watch, account: str, contact: str, now: datetime
) -> tuple[Row[Any] | None, Outcome]:
    """Removes a current contact from the commit on; also works for a former contact.

    None: the account never had this id.
    """
    await plan_changes.lock(conn, [account])
    before = await erasure.find(conn, contact_hash(account, contact))
    stored = await accounts.find(conn, account)
    if stored is None:
        return None, Outcome()
    person = next((one for one in stored.contacts if one.id == contact), None)
    if person is None and before is not None and before.returned_at is None:
        return before, Outcome()
    if person is None and not await erased_data.had_contact(conn, account, contact):
        return None, Outcome()
    outcome, known = Outcome(), dict[str, str]()
    if person is not None:
        known = {"name": person.name, "email": person.email or ""}
        others = tuple(one for one in stored.contacts if one.id != contact)
        _, outcome = await account_changes.put_account(
            conn, watch, replace(stored, contacts=others), now
        )
    return await erasure.begin(
        conn, account, contact, known, now, await catalogs.raise_plans(conn)
    ), outcome


async def erase_account(conn: AsyncConnection, account: str, now: datetime) -> Row[Any] | None:
    """From the commit on the account is unknown; each service deletes its data.

    None: there is nothing about it and never was. The id may never have been an account: usage is
    counted for any id, and unusable records are kept. A record that names no account cannot be
    found by an id that nobody has.
    """
    await plan_changes.lock(conn, [account])
    before = await erasure.find(conn, account_hash(account))
    is_known = await accounts.find(conn, account) is not None
    if before is not None and not is_known and before.returned_at is None:
        return before
    if not is_known and not await erased_data.has_rows(conn, account):
        return None
    await erased_data.delete_master_data(conn, account)
    return await erasure.begin(conn, account, None, {}, now, await catalogs.raise_plans(conn))


@dataclass(frozen=True, slots=True)
class Readmission:
    """Erased ids that are used again.

    `waiting`: accounts whose erasure is not finished; the others may come back.
    """

    waiting: frozenset[str]
    returning: Mapping[str, Collection[bytes]]

    async def write(self, conn: AsyncConnection, now: datetime) -> None:
        """Under the locks of plans and accounts.

        Only events from now on belong to the new account or contact.
        """
        hashes = [hash for several in self.returning.values() for hash in several]
        if hashes:
            await erasure.come_back(conn, hashes, now, await catalogs.raise_plans(conn))


async def readmission(conn: AsyncConnection, accounts: Iterable[Account]) -> Readmission:
    """What has to happen before these are stored."""
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
