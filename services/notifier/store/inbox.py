"""The inbox's SQL. Each change increments the contact's counter before it touches an item."""

from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from shared.values.roles import ADMINS

Action = Literal["read", "unread", "archive"]

PUT = text(
    """
    with fresh as (
        select i.*, row_number() over mine as place, count(*) over (partition by i.account,
            i.contact) as of
        from unnest(cast(:id as text[]), cast(:account as text[]), cast(:contact as text[]),
            cast(:alert as text[]),
                    cast(:plain as boolean[]), cast(:created_at as timestamptz[]))
                    with ordinality as i(id, account, contact, alert, plain, created_at, n)
        where not exists (select from inbox_item there where there.id = i.id)
        window mine as (partition by i.account, i.contact order by i.n)
    ), counted as (
        insert into inbox_counter as c (account, contact, seq)
        select account, contact, count(*) from fresh group by account, contact order by account,
            contact
        on conflict (account, contact) do update set seq = c.seq + excluded.seq
        returning account, contact, seq
    ), put as (
        insert into inbox_item (id, account, contact, alert, plain, created_at, created_seq,
            changed_seq)
        select f.id, f.account, f.contact, f.alert, f.plain, f.created_at, c.seq - f.of + f.place,
            c.seq - f.of + f.place
        from fresh f join counted c using (account, contact)
    )
    select account, contact, pg_notify(:channel, :origin) from counted
    """
)
"""Returns the contacts whose counter has moved, as CLOSE does; the commit notifies once."""

CLOSE = text(
    """
    with closing as (
        select id, account, contact, row_number() over mine as place,
            count(*) over (partition by account, contact) as of
        from inbox_item where alert = any(cast(:alerts as text[])) and resolved_at is null
        window mine as (partition by account, contact order by created_seq)
    ), counted as (
        insert into inbox_counter as c (account, contact, seq)
        select account, contact, count(*) from closing group by account, contact order by account,
            contact
        on conflict (account, contact) do update set seq = c.seq + excluded.seq
        returning account, contact, seq
    ), closed as (
        update inbox_item i
        set resolved_at = :at, replaced = :replaced, resolved_seq = c.seq - g.of + g.place,
            changed_seq = c.seq - g.of + g.place
        from closing g join counted c using (account, contact)
        where i.id = g.id and i.resolved_at is null
    )
    select account, contact, pg_notify(:channel, :origin) from counted
    """
)


_SEEN_WITH_ALL = """
    select w.at from inbox_seen w
    where w.account = i.account and w.contact = i.contact and w.upto >= i.created_seq
        order by w.upto limit 1
"""
"""When an item without its own `seen_at` was seen together with all others."""


def _marking(needed: str, change: str) -> Any:
    return text(
        f"""
        with counted as (
            update inbox_counter set seq = seq + 1
            where account = :account and contact = :contact
              and exists (select from inbox_item where id = :id and account = :account
                  and contact = :contact and {needed})
            returning seq
        )
        update inbox_item i set {change}, updated_seq = c.seq, changed_seq = c.seq
        from counted c where i.id = :id and {needed}
        """
    )


MARKS: dict[Action, Any] = {
    "read": _marking(
        "read_at is null", f"read_at = :now, seen_at = coalesce(seen_at, ({_SEEN_WITH_ALL}), :now)"
    ),
    "unread": _marking("read_at is not null", "read_at = null"),
    "archive": _marking(
        "archived_at is null",
        f"archived_at = :now, seen_at = coalesce(seen_at, ({_SEEN_WITH_ALL}))",
    ),
}

SEEN = text(
    """
    with known as (
        select seq from inbox_counter where account = :account and contact = :contact
    ), counter as (
        select seq, seen from inbox_counter where account = :account and contact = :contact
            for update
    ), seen as (
        insert into inbox_seen (account, contact, after, upto, base, at)
        select :account, :contact, c.seen, k.seq, c.seq, :now from known k, counter c
        where exists (
            select from inbox_item
            where account = :account and contact = :contact and read_at is null
                and archived_at is null and seen_at is null
              and created_seq > c.seen and created_seq <= k.seq
        )
        returning after, upto, base
    )
    update inbox_counter c
    set seq = s.base + s.upto - s.after, seen = case s.base when s.upto then s.base + s.upto -
        s.after else s.upto end
    from seen s where c.account = :account and c.contact = :contact
    """
)
"""Writes one row, however many items there are.

`known` is what the statement's snapshot sees: an item that is committed while it waits for the
counter has not been seen. Every item's change gets its own number, in order, but no row."""

_ITEM = """
    select {more}, i.id, i.plain, i.created_at,
           coalesce(i.seen_at,
                    case when i.archived_at is null then ({seen_with_all}) end) as seen_at,
           i.read_at, i.archived_at, i.resolved_at, i.replaced, i.created_seq,
           n.kind, n.class as cls, n.meter, n.threshold, n.proposes, n.facts, c.role,
               coalesce(c.locale, a.locale) as locale,
           whom.name as admin
    from inbox_item i
    join notification n on n.id = i.id
    join contact c on c.account = i.account and c.id = i.contact
    join account a on a.id = i.account
    left join lateral (
        select k.name from contact k
        where c.role = 'member' and k.account = i.account and k.role in ({admins})
        order by array_position(array[{admins}], k.role), k.position limit 1
    ) whom on true
"""
"""`admin`: the person a member is told to ask now; the one named in the message may have left."""
_MINE = "where i.account = :account and i.contact = :contact"


def _item(more: str) -> str:
    admins = ", ".join(f"'{role}'" for role in ADMINS)
    return _ITEM.format(more=more, seen_with_all=_SEEN_WITH_ALL, admins=admins)


def _items(rest: str) -> Any:
    return text(_item("null as event, null as seq") + rest).columns(threshold=JSONB, facts=JSONB)


ONE = _items(f"{_MINE} and i.id = :id")
NEWEST = _items(
    f"{_MINE} and (cast(:before as bigint) is null or i.created_seq < cast(:before as bigint)) "
    "order by i.created_seq desc limit :limit"
)
ACTIVE = _items(
    f"""
    {_MINE} and i.resolved_at is null and i.archived_at is null
      and n.class = 'notice' and n.kind <> 'usage.resolved'
      and (i.alert is not null or (i.read_at is null
           and coalesce(cast(n.facts #>> '{{period,end}}' as timestamptz), 'infinity') > :now))
    order by i.created_seq desc limit 100
    """
)
_CHANGE = """
    select id, '{event}' as event, {event}_seq as seq from inbox_item
    where account = k.account and contact = k.contact and {event}_seq > k.after
        order by {event}_seq limit :limit
"""
_SEEN_CHANGE = """
    select one.id, 'updated' as event, one.seq
    from (
        select * from inbox_seen w
        where w.account = k.account and w.contact = k.contact
            and w.base + w.upto - w.after > k.after
    ) w
    cross join lateral (
        select i.id, w.base + i.created_seq - w.after as seq from inbox_item i
        where i.account = k.account and i.contact = k.contact
          and i.created_seq > w.after + greatest(k.after - w.base, 0) and i.created_seq <= w.upto
          and i.seen_at is null and i.read_at is null and i.archived_at is null
          and (i.updated_seq is null or i.updated_seq < w.base + i.created_seq - w.after)
        order by i.created_seq limit :limit
    ) one
    order by one.seq limit :limit
"""
_COUNTED = """
    select count(*) as unread,
           count(*) filter (where seen_at is null and created_seq > coalesce(k.seen, 0)) as unseen
    from inbox_item
    where account = k.account and contact = k.contact and read_at is null and archived_at is null
"""
_CHANGED = _item("one.event, one.seq")
PAGES = text(
    f"""
    select k.n - 1 as question, k.position, k.after as begin, counted.*, e.*
    from (
        select k.n, k.account, k.contact, coalesce(c.seq, 0) as position, c.seen,
            case when k.after is null then coalesce(c.seq, 0)
                when k.after <= coalesce(c.seq, 0) then k.after else 0 end as after
        from (
            select cast(:accounts as text[]) as accounts, cast(:contacts as text[]) as contacts,
                cast(:after as bigint[]) as after
            offset 0
        ) asked
        cross join lateral unnest(asked.accounts, asked.contacts, asked.after)
             with ordinality as k(account, contact, after, n)
        left join inbox_counter c on c.account = k.account and c.contact = k.contact
    ) k
    cross join lateral ({_COUNTED}) counted
    left join lateral (
        {_CHANGED}
        join (
            select * from (
                select * from (
                    ({_CHANGE.format(event="created")})
                    union all ({_CHANGE.format(event="updated")})
                    union all ({_CHANGE.format(event="resolved")})
                    union all ({_SEEN_CHANGE})
                ) every order by seq limit :limit
            ) next where k.after < k.position
        ) one on one.id = i.id
    ) e on true
    order by k.n, e.seq
    """
).columns(threshold=JSONB, facts=JSONB)
"""The next changes for many readers, with their positions and counts: a row for each change, or one
without. Each branch of the changes walks an index in order and stops at the limit.
"""

COUNTS = text(
    f"""
    select counted.*
    from (
        select cast(:account as text) as account, cast(:contact as text) as contact,
            (select seen from inbox_counter where account = :account and contact = :contact) as seen
    ) k
    cross join lateral ({_COUNTED}) counted
    """
)
KNOWN = text("select exists (select from account where id = :account) as account")
CONTACTS = text(
    """
    select c.account, c.id, c.name, c.email from contact c
    join unnest(cast(:accounts as text[]), cast(:contacts as text[])) as wanted(account,
        id) using (account, id)
    """
)
LOCALE = text(
    "select coalesce(c.locale, a.locale) from contact c "
    "join account a on a.id = c.account where c.account = :account and c.id = :contact"
)
POSITIONS = text(
    """
    select account, contact, seq from inbox_counter
    join unnest(cast(:accounts as text[]), cast(:contacts as text[])) as wanted(account,
        contact) using (account, contact)
    """
)
ADDRESS = text("select email from contact where account = :account and id = :contact")
PREFERENCES = text(
    "select email_notice, email_proposal, in_app_proposal "
    "from preference where account = :account and contact = :contact"
)
PREFER = text(
    """
    insert into preference as p (account, contact, email_notice, email_proposal, in_app_proposal,
        updated_at)
    select c.account, c.id, coalesce(cast(:email_notice as boolean), true),
        coalesce(cast(:email_proposal as boolean), true),
           coalesce(cast(:in_app_proposal as boolean), true), cast(:now as timestamptz)
    from contact c where c.account = :account and c.id = :contact
    on conflict (account, contact) do update set
        email_notice = coalesce(cast(:email_notice as boolean), p.email_notice),
        email_proposal = coalesce(cast(:email_proposal as boolean), p.email_proposal),
        in_app_proposal = coalesce(cast(:in_app_proposal as boolean), p.in_app_proposal),
        updated_at = :now
    """
)
