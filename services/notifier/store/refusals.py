"""Refusal of offers: by a contact, for everyone who reads the mailbox, in one account or in all,
including later ones.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.values.mailboxes import mailbox_of


@dataclass(frozen=True, slots=True, order=True)
class Refuser:
    """A contact who refuses. `mailbox` None: without an address, or no longer a contact."""

    account: str
    contact: str
    mailbox: bytes | None = None


async def refusers(
    conn: AsyncConnection, account: str, contact: str, mailbox: bytes | None, *, everywhere: bool
) -> list[Refuser]:
    """Returns the contact itself, then the others who read the mailbox that the mail went to.

    `mailbox` None: the contact's current one.
    """
    people = list(await conn.execute(_CONTACTS, {"account": account}))
    own = next((mailbox_of(row.email) for row in people if row.id == contact), None)
    wanted = mailbox or own
    address = next(
        (row.email for row in people if wanted is not None and mailbox_of(row.email) == wanted),
        None,
    )
    found = {Refuser(account, contact, own)}
    found |= {
        Refuser(account, row.id, wanted)
        for row in people
        if wanted is not None and mailbox_of(row.email) == wanted
    }
    if everywhere and address is not None:
        rows = await conn.execute(_EVERYWHERE, {"address": address})
        found |= {
            Refuser(row.account, row.id, wanted) for row in rows if mailbox_of(row.email) == wanted
        }
    return sorted(
        found,
        key=lambda one: (
            (one.account, one.contact) != (account, contact),
            one.account,
            one.contact,
        ),
    )


async def refuse(conn: AsyncConnection, who: Collection[Refuser], now: datetime) -> list[Refuser]:
    """Refuses offers by mail and in the app. Returns those who had not refused before."""
    columns = {
        "accounts": [one.account for one in who],
        "contacts": [one.contact for one in who],
        "now": now,
    }
    fresh = {(row.account, row.contact) for row in await conn.execute(_REFUSE, columns)}
    return [one for one in who if (one.account, one.contact) in fresh]


async def refuse_everywhere(conn: AsyncConnection, mailbox: bytes, now: datetime) -> None:
    """Refuses by the mailbox alone, whichever account and contact has it. Holds until a contact
    there turns offers on again.
    """
    await conn.execute(_REFUSE_EVERYWHERE, {"mailbox": mailbox, "now": now})


async def refused_everywhere(conn: AsyncConnection, mailboxes: Collection[bytes]) -> set[bytes]:
    """Returns those of the mailboxes that get no offers in any account."""
    if not mailboxes:
        return set()
    return {
        bytes(row.mailbox)
        for row in await conn.execute(_REFUSED_EVERYWHERE, {"mailboxes": list(mailboxes)})
    }


async def allow_again(conn: AsyncConnection, mailbox: bytes) -> None:
    """Ends `refuse_everywhere`. Refusals in single accounts stay."""
    await conn.execute(_ALLOW_AGAIN, {"mailbox": mailbox})


_REFUSE_EVERYWHERE = text(
    "insert into mailbox_refusal (mailbox, at) values (:mailbox, :now) on conflict do nothing"
)
_REFUSED_EVERYWHERE = text(
    "select mailbox from mailbox_refusal where mailbox = any(cast(:mailboxes as bytea[]))"
)
_ALLOW_AGAIN = text("delete from mailbox_refusal where mailbox = :mailbox")
_CONTACTS = text("select id, email from contact where account = :account order by position")
# Uses the index contact_local; only shared/values/mailboxes.py decides which are the mailbox.
_EVERYWHERE = text(
    """
    select account, id, email from contact
    where email is not null and lower(split_part(email, '@', 1)) = lower(split_part(:address, '@',
        1))
    """
)
_REFUSE = text(
    """
    insert into preference (account, contact, email_proposal, in_app_proposal, updated_at)
    select r.account, r.contact, false, false, :now
    from unnest(cast(:accounts as text[]), cast(:contacts as text[])) as r(account, contact)
        order by r.account, r.contact
    on conflict (account, contact) do update set email_proposal = false, in_app_proposal = false,
        updated_at = :now
    where preference.email_proposal or preference.in_app_proposal
    returning account, contact
    """
)
