"""What an erasure deletes and changes in the notifier's tables."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.erasure.eraser import PIECE, Rows

OF_CONTACT = "account = :account and contact = :contact"
_HANDED_OVER = "state = 'sending' and in_doubt and lease_until > clock_timestamp()"
_FREE = "not exists (select 1 from delivery d where d.notification = r.id)"

DELIVERIES = Rows(
    "delivery",
    f"account = :account and not ({_HANDED_OVER})",
    f"{OF_CONTACT} and not ({_HANDED_OVER})",
)
"""All but those being handed over."""
NOTIFICATIONS = Rows("notification", f"account = :account and {_FREE}", f"{OF_CONTACT} and {_FREE}")
"""Those of which no delivery is left."""


async def is_under_way(conn: AsyncConnection, account: str, contact: str | None) -> bool:
    """Whether a delivery is left. `contact` None: of anyone in the account."""
    found = await conn.execute(_UNDER_WAY, {"account": account, "contact": contact})
    return bool(found.scalar_one())


async def clear_reasons(conn: AsyncConnection, account: str, contact: str | None) -> int:
    """Servers' words on refused addresses may quote them. The hashes stay."""
    return (await conn.execute(_REFUSED, {"account": account, "contact": contact})).rowcount


async def drop_former_administrators(conn: AsyncConnection, account: str) -> int:
    """A piece of the messages that name an administrator who is no contact's name today."""
    given = {"account": account, "limit": PIECE}
    return (await conn.execute(_FORMER_ADMINISTRATORS, given)).rowcount


async def names(conn: AsyncConnection, account: str) -> Collection[str]:
    """The names of the account's contacts."""
    return set((await conn.execute(_NAMES, {"account": account})).scalars())


async def address_tasks(conn: AsyncConnection, account: str) -> Sequence[Row[Any]]:
    """The tasks that ask for another address: `id`, and `facts` as JSON text."""
    return list(await conn.execute(_ADDRESS_TASKS, {"account": account}))


async def set_task(conn: AsyncConnection, id: str, facts: str) -> None:
    await conn.execute(_SET_FACTS, {"id": id, "facts": facts})


_UNDER_WAY = text(
    "select exists (select 1 from delivery "
    "where account = :account and (cast(:contact as text) is null or contact = :contact))"
)
_REFUSED = text(
    """
    update suppressed_address s set reason = 'refused by its server' from delivery d
    where d.id = s.delivery and d.account = :account and (cast(:contact as text) is null
        or d.contact = :contact)
      and s.reason <> 'refused by its server'
    """
)
_FORMER_ADMINISTRATORS = text(
    """
    update notification set facts = jsonb_set(facts, '{admin}', 'null')
    where ctid = any(array(
        select ctid from notification n
        where n.account = :account and n.facts -> 'admin' ->> 'name' is not null
          and not exists (select 1 from contact c where c.account = n.account
              and c.name = n.facts -> 'admin' ->> 'name')
        limit :limit))
    """
)
_NAMES = text("select name from contact where account = :account")
_ADDRESS_TASKS = text(
    "select id, (facts -> 'task')::text as facts "
    "from notification where account = :account and task ->> 'purpose' = 'contact'"
)
_SET_FACTS = text(
    "update notification "
    "set facts = jsonb_set(facts, '{task}', cast(:facts as jsonb)) where id = :id"
)
