"""Erases an account's or a contact's data in the notifier: messages, deliveries, tasks, inboxes.

Hashes of refused addresses, and of those that refused offers in all accounts, are kept. What a
receiver already has, such as a mail or a CRM task, is not ours to delete.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.store import erasure
from services.notifier.store.erasure import DELIVERIES, NOTIFICATIONS, OF_CONTACT
from shared.erasure import leftovers
from shared.erasure.eraser import WAITS, Rows, Step, Work
from shared.erasure.rewrites import Rewritten, loads
from shared.erasure.scrubbing import CROSSED_OUT
from shared.values.quantities import dumps


async def handed_over(conn: AsyncConnection, work: Work) -> int:
    """Waits while a delivery is being handed over, until its outcome is recorded.

    All others were withdrawn.
    """
    one = work.erasure
    return WAITS if await erasure.is_under_way(conn, one.account, one.contact) else 0


async def words_of_servers(conn: AsyncConnection, work: Work) -> int:
    """Clears the reasons of refused addresses, which may quote them. The hashes stay."""
    one = work.erasure
    return await erasure.clear_reasons(conn, one.account, one.contact)


async def former_administrators(conn: AsyncConnection, work: Work) -> int:
    """Removes the names of former administrators from messages to others.

    Whose name a former contact's was is no longer known, so all names that are not a contact's go.
    """
    if work.erasure.contact is None:
        return 0
    return await erasure.drop_former_administrators(conn, work.erasure.account)


async def former_people_in_tasks(conn: AsyncConnection, work: Work) -> int:
    """The same for tasks that ask for another address."""
    if work.erasure.contact is None:
        return 0
    account = work.erasure.account
    names = {*await erasure.names(conn, account), CROSSED_OUT}
    changed = 0
    for row in await erasure.address_tasks(conn, account):
        before = loads(row.facts)
        after = _without_people(before, names)
        if after != before:
            changed += 1
            await erasure.set_task(conn, row.id, dumps(after).decode())
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
    DELIVERIES,
    handed_over,
    Rows("inbox_item", contact=OF_CONTACT),
    Rows("inbox_seen", contact=OF_CONTACT),
    Rows("inbox_counter", contact=OF_CONTACT),
    Rows("preference", contact=OF_CONTACT),
    Rows("crm_task"),
    NOTIFICATIONS,
    Rewritten("notification", "facts", "task"),
    Rewritten("delivery", "tried"),
    former_administrators,
    former_people_in_tasks,
    *leftovers.steps("notifier"),
)
