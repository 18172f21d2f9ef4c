"""Erases an account's or a contact's data in the notifier: messages, deliveries, tasks, inboxes.

Hashes of refused addresses, and of those that refused offers in all accounts, are kept. What a
receiver already has, such as a mail or a CRM task, is not ours to delete.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.erasure import leftovers
from shared.erasure.eraser import PIECE, WAITS, Rows, Step, Work
from shared.erasure.rewrites import Rewritten, loads
from shared.erasure.scrubbing import CROSSED_OUT
from shared.values.quantities import dumps

_CONTACTS = "account = :account and contact = :contact"
_HANDED_OVER = "state = 'sending' and in_doubt and lease_until > clock_timestamp()"

_FREE = "not exists (select 1 from delivery d where d.notification = r.id)"


async def handed_over(conn: AsyncConnection, work: Work) -> int:
    """Waits while a delivery is being handed over, until its outcome is recorded.

    All others were withdrawn.
    """
    one = work.erasure
    found = await conn.execute(_UNDER_WAY, {"account": one.account, "contact": one.contact})
    return WAITS if found.scalar_one() else 0


async def words_of_servers(conn: AsyncConnection, work: Work) -> int:
    """Clears the reasons of refused addresses, which may quote them. The hashes stay."""
    one = work.erasure
    return (await conn.execute(_REFUSED, {"account": one.account, "contact": one.contact})).rowcount


async def former_administrators(conn: AsyncConnection, work: Work) -> int:
    """Removes the names of former administrators from messages to others.

    Whose name a former contact's was is no longer known, so all names that are not a contact's go.
    """
    if work.erasure.contact is None:
        return 0
    return (
        await conn.execute(
            _FORMER_ADMINISTRATORS, {"account": work.erasure.account, "limit": PIECE}
        )
    ).rowcount


async def former_people_in_tasks(conn: AsyncConnection, work: Work) -> int:
    """The same for tasks that ask for another address."""
    if work.erasure.contact is None:
        return 0
    given = {"account": work.erasure.account}
    names = set((await conn.execute(_NAMES, given)).scalars()) | {CROSSED_OUT}
    changed = 0
    for row in list(await conn.execute(_ADDRESS_TASKS, given)):
        before = loads(row.facts)
        after = _without_people(before, names)
        if after != before:
            changed += 1
            await conn.execute(_SET_FACTS, {"id": row.id, "facts": dumps(after).decode()})
    return changed


def _without_people(tree: Any, names: Collection[str]) -> Any:
    """Removes `variables.contact` from the task's lines, unless it is a current contact's name."""
    match tree:
        case dict():
            return {
                key: CROSSED_OUT
                if key == "contact" and isinstance(value, str) and value not in names
                else _without_people(value, names)
                for key, value in tree.items()
            }
        case list():
            return [_without_people(one, names) for one in tree]
    return tree


STEPS: Sequence[Step] = (
    words_of_servers,
    Rows(
        "delivery",
        f"account = :account and not ({_HANDED_OVER})",
        f"{_CONTACTS} and not ({_HANDED_OVER})",
    ),
    handed_over,
    Rows("inbox_item", contact=_CONTACTS),
    Rows("inbox_seen", contact=_CONTACTS),
    Rows("inbox_counter", contact=_CONTACTS),
    Rows("preference", contact=_CONTACTS),
    Rows("crm_task"),
    Rows("notification", f"account = :account and {_FREE}", f"{_CONTACTS} and {_FREE}"),
    Rewritten("notification", "facts", "task"),
    former_administrators,
    former_people_in_tasks,
    *leftovers.steps("notifier"),
)
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
