"""What an erasure reads, deletes and changes in the trigger's tables."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.erasure.eraser import PIECE, Rows
from shared.erasure.requests import SERVICES
from shared.erasure.scrubbing import Person

MASTER_DATA = (
    Rows("contact", contact="account = :account and id = :contact"),
    Rows("subscription"),
    Rows("next_subscription"),
    Rows("plan_change"),
    Rows("limit_override"),
    Rows("limit_override_change"),
    Rows("account_overview"),
    Rows("account_search", contact="account = :account and kind = 'contact' and id = :contact"),
    Rows("account", "id = :account"),
)
"""Once these are deleted, the account is unknown. Ordered by foreign keys."""


async def delete_master_data(conn: AsyncConnection, account: str) -> None:
    for rows in MASTER_DATA:
        await conn.execute(
            text(f"delete from {rows.table} where {rows.account}"), {"account": account}
        )


async def put_under_alias(conn: AsyncConnection, person: Person, at: datetime) -> int:
    """What stays of a contact who left at `at` is known by their alias alone."""
    given = {"account": person.account, "contact": person.contact, "alias": person.alias}
    await conn.execute(_DROP_REFUSALS, given)
    await conn.execute(_HAS_LEFT, given | {"at": at})
    return (await conn.execute(_LET_GO, given)).rowcount


async def stated_by(conn: AsyncConnection, person: Person) -> Collection[str]:
    """The keys under which the record keeps what they stated."""
    given = {"account": person.account, "ids": [person.contact, person.alias]}
    return set((await conn.execute(_STATED_BY, given)).scalars())


async def rename_facts(conn: AsyncConnection, account: str, words: Collection[str]) -> int:
    """A piece of the facts whose ids contain one of these words, which are in lower case."""
    given = {"account": account, "words": list(words), "limit": PIECE}
    return (await conn.execute(_RENAME_FACTS, given)).rowcount


async def had_contact(conn: AsyncConnection, account: str, contact: str) -> bool:
    """Whether anything names this former contact."""
    given = {"account": account, "contact": contact}
    return bool((await conn.execute(_HAD_CONTACT, given)).scalar_one())


async def has_rows(conn: AsyncConnection, account: str) -> bool:
    """Whether anything is stored under this id, whether or not it was ever an account."""
    given = {"account": account, "services": list(SERVICES)}
    return bool((await conn.execute(_HAS_ROWS, given)).scalar_one())


_DROP_REFUSALS = text(
    "delete from refusal where account = :account and contact = :contact and mailbox is null"
)
_HAS_LEFT = text(
    """
    with gone as (delete from contact_history where account = :account and contact = :contact)
    insert into contact_history (account, contact, left_at) select id, :alias, :at
        from account where id = :account on conflict do nothing
    """
)
_LET_GO = text(
    """
    update refusal set contact = :alias, fact = 'erased ' || encode(sha256(convert_to(fact,
        'UTF8')), 'hex')
    where account = :account and contact = :contact
    """
)
_STATED_BY = text(
    """
    select source || ' ' || id from fact
    where account = :account and (event -> 'data' ->> 'contact' = any(cast(:ids as text[]))
        or event -> 'data' ->> 'said_by' = any(cast(:ids as text[]))
        or event -> 'data' ->> 'user' = any(cast(:ids as text[])))
    """
)
_RENAME_FACTS = text(
    """
    update fact set id = 'erased-' || encode(sha256(convert_to(id, 'UTF8')), 'hex')
    where ctid = any(array(
        select ctid from fact where account = :account and exists (
            select 1 from unnest(cast(:words as text[])) as w(word)
                where position(w.word in lower(id)) > 0)
        limit :limit))
    """
)
_HAD_CONTACT = text(
    """
    select exists (select 1 from contact_history where account = :account and contact = :contact)
        or exists (select 1 from notification where account = :account and contact = :contact)
        or exists (select 1 from fact where account = :account
            and :contact in (event -> 'data' ->> 'contact', event -> 'data' ->> 'said_by',
                event -> 'data' ->> 'user'))
    """
)
_KEPT_OF_ANYBODY = (
    "usage_total",
    "usage_unassigned",
    "usage_day",
    "unique_member",
    "meter_state",
    "fact",
    "audit",
)
_SET_ASIDE = ("parked", "parked_record")
"""Tables that may have rows about an id that was never an account; the notifier has none."""
_IS_KEPT = " or ".join(
    f"exists (select from {table} where account = :account)" for table in _KEPT_OF_ANYBODY
)
_IS_SET_ASIDE = " or ".join(
    f"exists (select from {table} where service = any(:services) and account = :account)"
    for table in _SET_ASIDE
)
_HAS_ROWS = text(
    f"""
    select {_IS_KEPT}
        or {_IS_SET_ASIDE}
        or exists (select from event_rejected where accounts @> array[cast(:account as text)])
    """
)
