"""The statements of the inbox. Each that changes something raises the contact's counter in itself, before it touches an item."""

from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

Action = Literal["read", "unread", "archive"]

PUT = text(
    """
    with fresh as (
        select i.*, row_number() over mine as place, count(*) over (partition by i.account, i.contact) as of
        from unnest(cast(:id as text[]), cast(:account as text[]), cast(:contact as text[]), cast(:alert as text[]),
                    cast(:plain as boolean[]), cast(:created_at as timestamptz[]))
                    with ordinality as i(id, account, contact, alert, plain, created_at, n)
        where not exists (select from inbox_item there where there.id = i.id)
        window mine as (partition by i.account, i.contact order by i.n)
    ), counted as (
        insert into inbox_counter as c (account, contact, seq)
        select account, contact, count(*) from fresh group by account, contact order by account, contact
        on conflict (account, contact) do update set seq = c.seq + excluded.seq
        returning account, contact, seq
    )
    insert into inbox_item (id, account, contact, alert, plain, created_at, created_seq, changed_seq)
    select f.id, f.account, f.contact, f.alert, f.plain, f.created_at, c.seq - f.of + f.place, c.seq - f.of + f.place
    from fresh f join counted c using (account, contact)
    """
)

CLOSE = text(
    """
    with closing as (
        select id, account, contact, row_number() over mine as place, count(*) over (partition by account, contact) as of
        from inbox_item where alert = any(cast(:alerts as text[])) and resolved_at is null
        window mine as (partition by account, contact order by created_seq)
    ), counted as (
        insert into inbox_counter as c (account, contact, seq)
        select account, contact, count(*) from closing group by account, contact order by account, contact
        on conflict (account, contact) do update set seq = c.seq + excluded.seq
        returning account, contact, seq
    )
    update inbox_item i set resolved_at = :at, resolved_seq = c.seq - g.of + g.place, changed_seq = c.seq - g.of + g.place
    from closing g join counted c using (account, contact)
    where i.id = g.id and i.resolved_at is null
    """
)


def _marking(needed: str, change: str) -> Any:
    return text(
        f"""
        with counted as (
            update inbox_counter set seq = seq + 1
            where account = :account and contact = :contact
              and exists (select from inbox_item where id = :id and account = :account and contact = :contact and {needed})
            returning seq
        )
        update inbox_item i set {change}, updated_seq = c.seq, changed_seq = c.seq
        from counted c where i.id = :id and {needed}
        """
    )


MARKS: dict[Action, Any] = {
    "read": _marking("read_at is null", "read_at = :now, seen_at = coalesce(seen_at, :now)"),
    "unread": _marking("read_at is not null", "read_at = null"),
    "archive": _marking("archived_at is null", "archived_at = :now"),
}

SEEN = text(
    """
    with fresh as (
        select id, row_number() over (order by created_seq) as place, count(*) over () as of
        from inbox_item
        where account = :account and contact = :contact and read_at is null and archived_at is null and seen_at is null
    ), counted as (
        update inbox_counter set seq = seq + (select count(*) from fresh)
        where account = :account and contact = :contact and exists (select from fresh)
        returning seq
    )
    update inbox_item i set seen_at = :now, updated_seq = c.seq - f.of + f.place, changed_seq = c.seq - f.of + f.place
    from fresh f, counted c where i.id = f.id and i.seen_at is null
    """
)

_ITEM = """
    select i.id, i.plain, i.created_at, i.seen_at, i.read_at, i.archived_at, i.resolved_at, i.created_seq,
           n.kind, n.class as cls, n.meter, n.threshold, n.proposes, n.facts, c.role, coalesce(c.locale, a.locale) as locale, {more}
    from inbox_item i
    join notification n on n.id = i.id
    join contact c on c.account = i.account and c.id = i.contact
    join account a on a.id = i.account
"""
_MINE = "where i.account = :account and i.contact = :contact"


def _items(rest: str, more: str = "null as event, null as seq") -> Any:
    return text(_ITEM.format(more=more) + rest).columns(threshold=JSONB, facts=JSONB)


ONE = _items(f"{_MINE} and i.id = :id")
NEWEST = _items(
    f"{_MINE} and (cast(:before as bigint) is null or i.created_seq < cast(:before as bigint)) order by i.created_seq desc limit :limit"
)
ACTIVE = _items(
    f"""
    {_MINE} and i.resolved_at is null and i.archived_at is null and n.class = 'notice' and n.kind <> 'usage.resolved'
      and (i.alert is not null or (i.read_at is null and coalesce(cast(n.facts #>> '{{period,end}}' as timestamptz), 'infinity') > :now))
    order by i.created_seq desc limit 100
    """
)
CHANGES = _items(
    f"""
    cross join lateral (values ('created', i.created_seq), ('updated', i.updated_seq), ('resolved', i.resolved_seq)) as e(event, seq)
    {_MINE} and i.changed_seq > :after and e.seq > :after
    order by e.seq limit :limit
    """,
    "e.event, e.seq",
)
COUNTS = text(
    """
    select count(*) as unread, count(*) filter (where seen_at is null) as unseen
    from inbox_item where account = :account and contact = :contact and read_at is null and archived_at is null
    """
)
POSITION = text("select seq from inbox_counter where account = :account and contact = :contact")
IS_CONTACT = text("select exists (select from contact where account = :account and id = :contact)")
KNOWN = text(
    """
    select exists (select from account where id = :account) as account,
           exists (select from contact where account = :account and id = :contact) as contact
    """
)
CONTACTS = text(
    """
    select c.account, c.id from contact c
    join unnest(cast(:accounts as text[]), cast(:contacts as text[])) as wanted(account, id) using (account, id)
    """
)
LOCALE = text(
    "select coalesce(c.locale, a.locale) from contact c join account a on a.id = c.account where c.account = :account and c.id = :contact"
)
POSITIONS = text(
    """
    select account, contact, seq from inbox_counter
    join unnest(cast(:accounts as text[]), cast(:contacts as text[])) as wanted(account, contact) using (account, contact)
    """
)
PREFERENCES = text("select email_notice, email_proposal, in_app_proposal from preference where account = :account and contact = :contact")
PREFER = text(
    """
    insert into preference as p (account, contact, email_notice, email_proposal, in_app_proposal, updated_at)
    values (:account, :contact, coalesce(cast(:email_notice as boolean), true), coalesce(cast(:email_proposal as boolean), true),
            coalesce(cast(:in_app_proposal as boolean), true), :now)
    on conflict (account, contact) do update set
        email_notice = coalesce(cast(:email_notice as boolean), p.email_notice),
        email_proposal = coalesce(cast(:email_proposal as boolean), p.email_proposal),
        in_app_proposal = coalesce(cast(:in_app_proposal as boolean), p.in_app_proposal),
        updated_at = :now
    """
)

REFUSE_PROPOSALS = text(
    """
    insert into preference (account, contact, email_proposal, in_app_proposal, updated_at) values (:account, :contact, false, false, :now)
    on conflict (account, contact) do update set email_proposal = false, in_app_proposal = false, updated_at = :now
    where preference.email_proposal or preference.in_app_proposal
    """
)
