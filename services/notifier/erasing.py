"""What the notifier has of an account and of its contacts: messages, deliveries, tasks, inboxes.

Kept beyond: addresses that are refused, as hashes. What a receiver was given, a mail, a task in the CRM, is not ours to delete.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import leftovers
from shared.erasing import WAITS, Rows, Step, Work

_CONTACTS = "account = :account and contact = :contact"
_HANDED_OVER = "state = 'sending' and in_doubt and lease_until > clock_timestamp()"

_FREE = "not exists (select 1 from delivery d where d.notification = r.id)"


async def handed_over(conn: AsyncConnection, work: Work) -> int:
    """What is being handed over at this moment is waited for: its outcome is written down, then it goes. All else was withdrawn."""
    one = work.erasure
    found = await conn.execute(_UNDER_WAY, {"account": one.account, "contact": one.contact})
    return WAITS if found.scalar_one() else 0


STEPS: Sequence[Step] = (
    Rows("delivery", f"account = :account and not ({_HANDED_OVER})", f"{_CONTACTS} and not ({_HANDED_OVER})"),
    handed_over,
    Rows("inbox_item", contact=_CONTACTS),
    Rows("inbox_seen", contact=_CONTACTS),
    Rows("inbox_counter", contact=_CONTACTS),
    Rows("preference", contact=_CONTACTS),
    Rows("crm_task"),
    Rows("notification", f"account = :account and {_FREE}", f"{_CONTACTS} and {_FREE}"),
    *leftovers.steps("notifier"),
)
_UNDER_WAY = text(
    "select exists (select 1 from delivery where account = :account and (cast(:contact as text) is null or contact = :contact))"
)
