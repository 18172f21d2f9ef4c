"""The current contacts of an account: their roles, mailboxes, preferences and refusals."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.addressing import Preferences, Reader
from services.notifier.lifecycle import HANDED_OVER
from services.notifier.messages import KeptFacts
from services.notifier.rows import EMAIL, DeliveryRow, NotificationRow
from services.notifier.store.refusals import refused_everywhere
from shared.messages.facts import read_threshold
from shared.values.mailboxes import mailbox_of, refusing


async def readers(
    conn: AsyncConnection, accounts: Collection[str], addresses: Collection[str] | None = None
) -> dict[str, dict[str, Reader]]:
    """Returns the accounts' contacts by account and id, in order.

    `addresses`: only those who may read the same mailboxes.
    """
    found = await contacts(conn, accounts, addresses)
    return found.readers(await refused_everywhere(conn, found.mailboxes))


@dataclass(frozen=True, slots=True)
class Contacts:
    """The accounts' contacts, by account; which of them are readers without offers depends on
    the mailboxes that refused them in all accounts.
    """

    rows: Mapping[str, Sequence[Row[Any]]]
    addresses: Mapping[str, Mapping[str, bytes | None]]

    @property
    def mailboxes(self) -> set[bytes]:
        return {
            one for found in self.addresses.values() for one in found.values() if one is not None
        }

    def readers(self, everywhere: Collection[bytes]) -> dict[str, dict[str, Reader]]:
        return {
            account: _readers(rows, self.addresses[account], everywhere)
            for account, rows in self.rows.items()
        }


async def contacts(
    conn: AsyncConnection, accounts: Collection[str], addresses: Collection[str] | None = None
) -> Contacts:
    asked = {
        "accounts": list(accounts),
        "addresses": None if addresses is None else list(addresses),
    }
    rows: dict[str, list[Row[Any]]] = {account: [] for account in accounts}
    mailboxes: dict[str, dict[str, bytes | None]] = {account: {} for account in accounts}
    for row in await conn.execute(_READERS, asked):
        rows[row.account].append(row)
        mailboxes[row.account][row.id] = mailbox_of(row.email)
    return Contacts(rows, mailboxes)


def _readers(
    contacts: Sequence[Row[Any]],
    mailboxes: Mapping[str, bytes | None],
    everywhere: Collection[bytes],
) -> dict[str, Reader]:
    people = contacts[0].refusing or () if contacts else ()
    here = contacts[0].refused or () if contacts else ()
    refuses = refusing(mailboxes, people, {*map(bytes, here), *everywhere})
    return {
        row.id: Reader(
            role=row.role,
            preferences=Preferences(row.email_notice, row.email_proposal, row.in_app_proposal),
            mailbox=mailboxes[row.id],
            refuses=row.id in refuses,
            name=row.name,
        )
        for row in contacts
    }


_READERS = text(
    """
    with refusals as (
        select account, array_agg(contact) as refusing,
            array_agg(mailbox) filter (where mailbox is not null) as refused
        from refusal where account = any(cast(:accounts as text[])) group by account
    )
    select c.account, c.id, c.name, c.role, c.email, coalesce(p.email_notice, true) as email_notice,
           coalesce(p.email_proposal, true) as email_proposal, coalesce(p.in_app_proposal,
               true) as in_app_proposal, r.refusing, r.refused
    from contact c left join preference p on p.account = c.account and p.contact = c.id
    left join refusals r on r.account = c.account
    where c.account = any(cast(:accounts as text[]))
      and (cast(:addresses as text[]) is null
           or lower(split_part(c.email, '@', 1)) in (select lower(split_part(a, '@', 1))
               from unnest(cast(:addresses as text[])) as a))
    order by c.account, c.position
    """
)


@dataclass(slots=True)
class Told:
    """A notice: one copy of it, and the contacts with an in-app copy or a mail.

    `waiting`: a mail that has not been sent yet.
    """

    note: NotificationRow
    shown: set[str] = field(default_factory=set)
    mailed: set[str] = field(default_factory=set)
    waiting: DeliveryRow | None = None


async def notices(
    conn: AsyncConnection, accounts: Collection[str], withdrawn: Collection[str], now: datetime
) -> list[Told]:
    """Returns the notices that still hold or whose mail still waits, oldest first.

    A notice holds while its alert is open or, for a meter outside the plan, while its period lasts.
    `withdrawn`: messages whose waiting mail was just dropped.
    """
    given = {
        "accounts": list(accounts),
        "withdrawn": list(withdrawn),
        "causes": sorted(HANDED_OVER),
        "now": now,
    }
    return [_told(row) for row in await conn.execute(_NOTICES, given)]


def _told(row: Row[Any]) -> Told:
    note = NotificationRow(
        **{name: getattr(row, name) for name in _NOTE_COLUMNS},
        threshold=read_threshold(row.threshold),
        facts=KeptFacts(row.facts),
    )
    waiting = None
    if row.delivery is not None:
        waiting = DeliveryRow(
            id=row.delivery,
            notification=row.delivery_of,
            account=row.account,
            contact=None,
            channel=EMAIL,
            lane=row.delivery,
            alert=row.alert,
            task=None,
            state="queued",
            next_attempt_at=row.next_attempt_at,
            deadline_at=row.deadline_at,
            last_error=None,
            created_at=row.created_at,
        )
    return Told(note, set(row.shown), set(row.mailed), waiting)


_NOTE_COLUMNS = (
    "id",
    "key",
    "recipient",
    "account",
    "contact",
    "kind",
    "meter",
    "alert",
    "decision",
    "proposes",
    "task",
    "created_at",
    "cls",
)
_NOTICES = text(
    """
    with unsent as (
        select d.seq, d.id, d.notification, d.deadline_at,
               case when d.attempts = 0 then d.next_attempt_at end as next_attempt_at
        from delivery d
        where d.account = any(cast(:accounts as text[])) and d.channel = 'email'
            and d.state in ('queued', 'sending', 'retrying')
        union
        select d.seq, d.id, d.notification, d.deadline_at, null
        from notification n join delivery d on d.notification = n.id and d.channel = 'email'
        where n.key = any(cast(:withdrawn as text[]))
            and d.cause = any(cast(:causes as text[]))
    ), waiting as (
        select distinct on (n.key) n.key, d.id, d.notification, d.deadline_at, d.next_attempt_at
        from unsent d join notification n on n.id = d.notification
        where n.class = 'notice' and n.facts -> 'letter' is null and (n.alert is null
            or exists (select from alert a
            where a.id = n.alert and a.state = 'open'))
        order by n.key, d.seq
    ), gated as (
        select distinct on (n.account, n.meter) n.key from notification n
        where n.account = any(cast(:accounts as text[])) and n.kind = 'feature.gated'
          and coalesce(cast(n.facts #>> '{period,end}' as timestamptz), 'infinity') > :now
          and not exists (select from plan_change p where p.account = n.account
              and p.at > n.created_at and p.from_plan is distinct from p.to_plan)
        order by n.account, n.meter, n.seq desc
    ), told as (
        select key from waiting
        union select id from alert where account = any(cast(:accounts as text[])) and state = 'open'
        union select key from gated
    )
    select n.*, n.class as cls, w.id as delivery, w.notification as delivery_of, w.deadline_at,
        w.next_attempt_at,
           array(select m.contact from notification m where m.key = n.key
               and m.contact is not null) as shown,
           array(select m.contact from notification m join delivery d on d.notification = m.id
               and d.channel = 'email'
                 where m.key = n.key and m.contact is not null) as mailed
    from told t
    cross join lateral (
        select * from notification n
        where n.key = t.key and n.account = any(cast(:accounts as text[]))
        order by n.contact is null, n.seq limit 1
    ) n
    left join waiting w on w.key = t.key
    order by n.seq
    """
).columns(threshold=JSONB, facts=JSONB, task=JSONB)


async def revive(
    conn: AsyncConnection, accounts: Collection[str], keys: Collection[str] | None, now: datetime
) -> int:
    """Queues mails again that were skipped because another contact shares the mailbox.

    Returns how many. `keys`: of these messages; None: of all messages with a waiting mail.
    """
    given = {
        "accounts": list(accounts),
        "keys": None if keys is None else list(keys),
        "now": now,
    }
    return (await conn.execute(_REVIVE, given)).rowcount


_REVIVE = text(
    """
    update delivery d set state = 'queued', next_attempt_at = :now, ended_at = null,
        last_error = null, cause = null
    from notification n
    where n.id = d.notification and d.account = any(cast(:accounts as text[]))
        and d.channel = 'email' and d.state = 'suppressed'
      and d.cause = 'same_mailbox' and d.deadline_at > :now
      and case when cast(:keys as text[]) is not null
          then n.key = any(cast(:keys as text[])) else exists (
          select from notification m join delivery e on e.notification = m.id
              and e.channel = 'email'
          where m.key = n.key and e.state in ('queued', 'sending', 'retrying')) end
    """
)
