"""Accounts, contacts, subscriptions and overrides: converts rows to values and back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import (
    Account,
    Contact,
    Next,
    Override,
    Person,
    PlanChange,
    Subscription,
    Terms,
    Trial,
)
from shared.catalog import RATE, Threshold, parse_thresholds
from shared.values.quantities import plain


async def terms_of(
    conn: AsyncConnection, accounts: Collection[str], now: datetime
) -> dict[str, Terms]:
    """The terms of the known accounts; a subscription whose day has come is in force even if the
    timer has not run yet.
    """
    return {
        account: terms.as_of(now) for account, terms in (await stored_terms(conn, accounts)).items()
    }


async def stored_terms(conn: AsyncConnection, accounts: Collection[str]) -> dict[str, Terms]:
    """The terms as stored, for the known accounts."""
    rows = await conn.execute(_TERMS, {"accounts": list(accounts)})
    return {
        row.id: Terms(
            row.time_zone,
            _subscription(row),
            _overrides(row.overrides),
            _next(row),
            _trials(row.trials),
        )
        for row in rows
    }


async def profiles(conn: AsyncConnection, accounts: Collection[str]) -> dict[str, Account]:
    """Master data with contacts, for the known accounts."""
    return {
        row.id: _account(row) for row in await conn.execute(_ACCOUNTS, {"accounts": list(accounts)})
    }


async def find(conn: AsyncConnection, account: str) -> Account | None:
    return (await profiles(conn, [account])).get(account)


async def first_start(conn: AsyncConnection, account: str) -> datetime | None:
    """When its first subscription began; None if it never had one."""
    found: datetime | None = (await conn.execute(_FIRST_START, {"account": account})).scalar_one()
    return found


async def page(conn: AsyncConnection, after: str, limit: int) -> list[str]:
    """The next accounts with a subscription, ordered by id."""
    return list((await conn.execute(_PAGE, {"after": after, "limit": limit})).scalars())


async def put(conn: AsyncConnection, accounts: Sequence[Account], now: datetime) -> set[str]:
    """Stores accounts with their contacts and returns the ids of new ones.

    Contacts missing from an account are deleted.
    """
    rows = await conn.execute(
        _PUT, _columns([_account_columns(account) for account in accounts]) | {"now": now}
    )
    created = {row.id for row in rows if row.created}
    contacts = [
        _contact_columns(account.id, position, one)
        for account in accounts
        for position, one in enumerate(account.contacts, 1)
    ]
    if known := [account.id for account in accounts if account.id not in created]:
        named = {
            "account": [one["account"] for one in contacts],
            "id": [one["id"] for one in contacts],
        }
        await conn.execute(_DROP_CONTACTS, {"known": known} | named)
    if contacts:
        await conn.execute(_PUT_CONTACTS, _columns(contacts))
    return created


async def put_subscriptions(
    conn: AsyncConnection, subscriptions: Mapping[str, Subscription], revision: int
) -> None:
    """One per account."""
    if subscriptions:
        rows = [_subscription_columns(account, one) for account, one in subscriptions.items()]
        await conn.execute(_PUT_SUBSCRIPTIONS, _columns(rows) | {"revision": revision})


async def put_next(conn: AsyncConnection, waiting: Mapping[str, Next | None]) -> None:
    """The waiting subscription of each account; None: none."""
    rows = [
        _subscription_columns(account, one.subscription)
        | {"begins_at": one.begins_at, "in_place_of": one.in_place_of}
        for account, one in waiting.items()
        if one is not None
    ]
    if rows:
        await conn.execute(_PUT_NEXT, _columns(rows))
    if gone := [account for account, one in waiting.items() if one is None]:
        await conn.execute(_DELETE_NEXT, {"accounts": gone})


async def raise_subscriptions(
    conn: AsyncConnection, accounts: Collection[str], revision: int
) -> None:
    """Marks that their periods may have moved (the account's time zone changed)."""
    await conn.execute(_RAISE_SUBSCRIPTIONS, {"accounts": list(accounts), "revision": revision})


async def note_changes(conn: AsyncConnection, changes: Sequence[PlanChange]) -> None:
    """Appends to the accounts' plan history, one row each, in this order."""
    if changes:
        await conn.execute(_NOTE_CHANGES, _columns([_change_columns(one) for one in changes]))


async def put_overrides(
    conn: AsyncConnection, overrides: Sequence[tuple[str, Override]], now: datetime
) -> None:
    """Each with its account."""
    if overrides:
        rows = [_override_columns(account, override) for account, override in overrides]
        await conn.execute(_PUT_OVERRIDES, _columns(rows) | {"now": now})


async def delete_override(conn: AsyncConnection, account: str, meter: str, now: datetime) -> None:
    await conn.execute(_DELETE_OVERRIDE, {"account": account, "meter": meter, "now": now})


def _subscription(row: Row[Any]) -> Subscription | None:
    if row.plan is None:
        return None
    return Subscription(
        plan=row.plan,
        catalog_version=row.catalog_version,
        started_at=row.started_at,
        anchor=row.anchor,
        interval=row.interval,
        quantity=row.quantity,
        renewal_date=row.renewal_date,
        add_ons=msgspec.json.decode(row.add_ons, type=dict[str, int]),
        price=row.price,
        changed_at=row.changed_at,
        ended_at=row.ended_at,
    )


def _next(row: Row[Any]) -> Next | None:
    if row.begins_at is None:
        return None
    subscription = Subscription(
        plan=row.next_plan,
        catalog_version=row.next_catalog_version,
        started_at=row.next_started_at,
        anchor=row.next_anchor,
        interval=row.next_interval,
        quantity=row.next_quantity,
        renewal_date=row.next_renewal_date,
        add_ons=msgspec.json.decode(row.next_add_ons, type=dict[str, int]),
        price=row.next_price,
        changed_at=row.next_changed_at,
        ended_at=row.next_ended_at,
    )
    return Next(subscription, row.begins_at, row.in_place_of)


def _overrides(stored: str | None) -> dict[str, Override]:
    """By meter, from the array that `_TERMS` builds; None if there are none."""
    if stored is None:
        return {}
    found = {}
    for meter, sets_limit, limit, thresholds in msgspec.json.decode(stored):
        parsed = None if thresholds is None else parse_thresholds(msgspec.json.decode(thresholds))
        found[meter] = Override(
            meter, sets_limit, None if limit is None else Decimal(limit), parsed
        )
    return found


def _trials(stored: str | None) -> tuple[Trial, ...]:
    """From the array that `_TERMS` builds; None if there are none."""
    if stored is None:
        return ()
    return tuple(
        Trial(
            id,
            opportunity,
            tuple(features),
            {meter: None if limit is None else Decimal(limit) for meter, limit in limits.items()},
            *(datetime.fromisoformat(moment).astimezone(UTC) for moment in moments),
        )
        for id, opportunity, features, limits, *moments in msgspec.json.decode(stored)
    )


def _stored(threshold: Threshold) -> int | dict[str, str] | None:
    if threshold.per_hour is not None:
        return {RATE: plain(threshold.per_hour)}
    return {"at": plain(threshold.at)} if threshold.at is not None else threshold.percent


def _account(row: Row[Any]) -> Account:
    contacts = [] if row.contacts is None else msgspec.json.decode(row.contacts)
    csm, voice = _person(row.csm), _person(row.voice)
    heirs = None if row.heirs is None else msgspec.json.decode(row.heirs, type=list[Person])
    return Account(
        id=row.id,
        name=row.name,
        locale=row.locale,
        time_zone=row.time_zone,
        country=row.country,
        currency=row.currency,
        segment=row.segment,
        employees=row.employees,
        customer_since=row.customer_since,
        csm=csm,
        ae=_person(row.ae),
        external_ids=msgspec.json.decode(row.external_ids, type=dict[str, str]),
        contacts=tuple(Contact(*one) for one in contacts),
        deals_with=None if voice is None or (csm and csm.id == voice.id) else voice,
        csm_left=heirs is not None,
        stand_in=heirs[0] if heirs else None,
    )


def _person(stored: str | None) -> Person | None:
    return None if stored is None else msgspec.json.decode(stored, type=Person)


def _columns(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Turns rows into one array per column, for UNNEST."""
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}


def _account_columns(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "name": account.name,
        "locale": account.locale,
        "time_zone": account.time_zone,
        "country": account.country,
        "currency": account.currency,
        "segment": account.segment,
        "employees": account.employees,
        "customer_since": account.customer_since,
        "csm": None if account.csm is None else msgspec.json.encode(account.csm).decode(),
        "ae": None if account.ae is None else msgspec.json.encode(account.ae).decode(),
        "external_ids": msgspec.json.encode(dict(account.external_ids)).decode(),
    }


def _contact_columns(account: str, position: int, contact: Contact) -> dict[str, object]:
    return {
        "account": account,
        "id": contact.id,
        "position": position,
        "name": contact.name,
        "email": contact.email,
        "role": contact.role,
        "locale": contact.locale,
    }


def _subscription_columns(account: str, subscription: Subscription) -> dict[str, object]:
    return {
        "account": account,
        "plan": subscription.plan,
        "version": subscription.catalog_version,
        "started_at": subscription.started_at,
        "anchor": subscription.anchor,
        "interval": subscription.interval,
        "quantity": subscription.quantity,
        "renewal_date": subscription.renewal_date,
        "add_ons": msgspec.json.encode(dict(subscription.add_ons)).decode(),
        "price": subscription.price,
        "changed_at": subscription.changed_at,
        "ended_at": subscription.ended_at,
    }


def _change_columns(change: PlanChange) -> dict[str, object]:
    before, after = change.move.before, change.move.after
    return {
        "account": change.move.account,
        "at": change.at,
        "from_plan": before and before.plan,
        "to_plan": after and after.plan,
        "from_version": before and before.catalog_version,
        "to_version": after and after.catalog_version,
        "kind": change.kind,
        "arr_before": change.arr_before,
        "arr_after": change.arr_after,
        "currency": change.currency,
        "effective_at": change.effective_at,
        "add_ons": None if after is None else msgspec.json.encode(dict(after.add_ons)).decode(),
    }


def _override_columns(account: str, override: Override) -> dict[str, object]:
    thresholds = override.thresholds
    return {
        "account": account,
        "meter": override.meter,
        "limit": override.limit,
        "unlimited": override.sets_limit and override.limit is None,
        "sets_limit": override.sets_limit,
        "thresholds": None
        if thresholds is None
        else msgspec.json.encode([_stored(item) for item in thresholds]).decode(),
    }


def same_account(left: Account, right: Account) -> bool:
    """Whether a PUT changes nothing: mappings compare by content, moments by instant."""
    return replace(left, external_ids=dict(left.external_ids)) == replace(
        right, external_ids=dict(right.external_ids)
    )


# Planned once and not each time: an array from a query looks equally long to the plan for any
# values and to the one for these.
_TERMS = text(
    """
    select a.id, a.time_zone, s.plan, s.catalog_version, s.started_at, s.anchor, s.interval,
           s.quantity, s.renewal_date, s.add_ons::text as add_ons, s.price, s.changed_at,
           s.ended_at,
           n.begins_at, n.in_place_of, n.plan as next_plan,
           n.catalog_version as next_catalog_version, n.started_at as next_started_at,
           n.anchor as next_anchor, n.interval as next_interval, n.quantity as next_quantity,
           n.renewal_date as next_renewal_date,
           n.add_ons::text as next_add_ons, n.price as next_price, n.changed_at as next_changed_at,
               n.ended_at as next_ended_at,
           (select json_agg(json_build_array(o.meter, o.sets_limit, o."limit"::text,
               o.thresholds::text) order by o.meter)::text
            from limit_override o where o.account = a.id) as overrides,
           (select json_agg(json_build_array(t.id, t.opportunity, t.features, t.limits,
               t.starts_at, t.ends_at) order by t.seq)::text
            from trial t where t.account = a.id and t.state in ('offered', 'active')) as trials
    from account a left join subscription s on s.account = a.id left join next_subscription n
        on n.account = a.id
    where a.id = any(cast((select cast(:accounts as text[])) as text[]))
    """
)
# The owner of the only open deal; of several, of the one whose hand-off was accepted last.
_VOICE = """
    select json_build_object('id', v.owner ->> 'id', 'email', p.email,
        'name', coalesce(p.name, v.owner ->> 'name', v.owner ->> 'id'))::text
    from (
        select case when count(*) = 1 then jsonb_agg(o.owner) -> 0
            else jsonb_agg(o.owner order by h.at desc) filter (where h.action = 'accept') -> 0
            end as owner
        from opportunity o
        left join lateral (
            select e.at, e.body ->> 'action' as action from entry e
            where o.owner ->> 'role' = 'hybrid' and e.kind = 'opportunity' and e.subject = o.id
                and e.type = 'handoff'
            order by e.seq desc limit 1) h on true
        where o.account = a.id and o.closed_at is null) v
    left join person p on p.id = v.owner ->> 'id'
    where v.owner ->> 'id' is not null
"""
# Null while the CSM is with us; else the next active one above, if there is one.
_HEIRS = """
    with recursive above as (
        select p.id, p.name, p.email, p.manager, p.active from person p
        where p.id = a.csm ->> 'id' and not p.active
        union
        select p.id, p.name, p.email, p.manager, p.active
        from above b join person p on p.id = b.manager where not b.active)
    select case when count(*) > 0 then coalesce(json_agg(json_build_object('id', b.id,
        'name', b.name, 'email', b.email)) filter (where b.active)::text, '[]') end
    from above b
"""
_ACCOUNTS = text(
    f"""
    select id, name, locale, time_zone, country, currency, segment, employees, customer_since,
        ({_VOICE}) as voice, ({_HEIRS}) as heirs,
        csm::text as csm, ae::text as ae,
           external_ids::text as external_ids,
           (select json_agg(json_build_array(c.id, c.name, c.role, c.email, c.locale)
               order by c.position)::text
            from contact c where c.account = a.id) as contacts
    from account a where id = any(cast((select cast(:accounts as text[])) as text[]))
    """
)
_FIRST_START = text("select first_start from account where id = :account")
_PAGE = text(
    "select account from subscription where account > :after order by account limit :limit"
)
_PUT = text(
    """
    insert into account (id, name, locale, time_zone, country, currency, segment, employees,
        customer_since, csm, ae, external_ids,
                         created_at, updated_at)
    select a.id, a.name, a.locale, a.time_zone, a.country, a.currency, a.segment, a.employees,
        a.customer_since, cast(a.csm as jsonb),
           cast(a.ae as jsonb), cast(a.external_ids as jsonb), :now, :now
    from unnest(cast(:id as text[]), cast(:name as text[]), cast(:locale as text[]),
        cast(:time_zone as text[]), cast(:country as text[]),
                cast(:currency as text[]), cast(:segment as text[]), cast(:employees as bigint[]),
                    cast(:customer_since as timestamptz[]),
                cast(:csm as text[]), cast(:ae as text[]), cast(:external_ids as text[]))
        as a(id, name, locale, time_zone, country, currency, segment, employees, customer_since,
            csm, ae, external_ids)
    on conflict (id) do update set name = excluded.name, locale = excluded.locale,
        time_zone = excluded.time_zone,
        country = excluded.country, currency = excluded.currency, segment = excluded.segment,
            employees = excluded.employees,
        customer_since = excluded.customer_since, csm = excluded.csm, ae = excluded.ae,
            external_ids = excluded.external_ids,
        updated_at = excluded.updated_at
    returning id, xmax = 0 as created
    """
)
_DROP_CONTACTS = text(
    """
    delete from contact c where c.account = any(cast(:known as text[])) and not exists (
        select from unnest(cast(:account as text[]), cast(:id as text[])) as n(account, id)
            where n.account = c.account and n.id = c.id
    )
    """
)
_PUT_CONTACTS = text(
    """
    insert into contact (account, id, position, name, email, role, locale)
    select * from unnest(cast(:account as text[]), cast(:id as text[]), cast(:position as int[]),
        cast(:name as text[]),
                         cast(:email as text[]), cast(:role as text[]), cast(:locale as text[]))
    on conflict (account, id) do update set position = excluded.position, name = excluded.name,
        email = excluded.email,
        role = excluded.role, locale = excluded.locale
    """
)
_PUT_SUBSCRIPTIONS = text(
    """
    with given as (
        select * from unnest(cast(:account as text[]), cast(:plan as text[]),
            cast(:version as int[]), cast(:started_at as timestamptz[]),
                             cast(:anchor as timestamptz[]), cast(:interval as text[]),
                                 cast(:quantity as bigint[]),
                             cast(:renewal_date as date[]), cast(:add_ons as text[]),
                                 cast(:price as numeric[]),
                             cast(:changed_at as timestamptz[]), cast(:ended_at as timestamptz[]))
            as s(account, plan, version, started_at, anchor, interval, quantity, renewal_date,
                add_ons, price, changed_at, ended_at)
    ), first as (
        update account a set first_start = g.started_at from given g where a.id = g.account
            and a.first_start is null
    )
    insert into subscription (account, plan, catalog_version, started_at, anchor, interval,
        quantity, renewal_date, add_ons, price,
                              revision, changed_at, ended_at)
    select account, plan, version, started_at, anchor, interval, quantity, renewal_date,
        cast(add_ons as jsonb), price,
           :revision, changed_at, ended_at
    from given
    on conflict (account) do update set plan = excluded.plan,
        catalog_version = excluded.catalog_version,
        started_at = excluded.started_at, anchor = excluded.anchor, interval = excluded.interval,
            quantity = excluded.quantity,
        renewal_date = excluded.renewal_date, add_ons = excluded.add_ons, price = excluded.price,
            revision = excluded.revision,
        changed_at = excluded.changed_at, ended_at = excluded.ended_at
    """
)
_PUT_NEXT = text(
    """
    insert into next_subscription (account, begins_at, in_place_of, plan, catalog_version,
        started_at, anchor, interval, quantity,
                                   renewal_date, add_ons, price, changed_at, ended_at)
    select account, begins_at, in_place_of, plan, version, started_at, anchor, interval, quantity,
        renewal_date, cast(add_ons as jsonb),
           price, changed_at, ended_at
    from unnest(cast(:account as text[]), cast(:begins_at as timestamptz[]),
        cast(:in_place_of as text[]), cast(:plan as text[]),
                cast(:version as int[]), cast(:started_at as timestamptz[]),
                    cast(:anchor as timestamptz[]), cast(:interval as text[]),
                cast(:quantity as bigint[]), cast(:renewal_date as date[]),
                    cast(:add_ons as text[]), cast(:price as numeric[]),
                cast(:changed_at as timestamptz[]), cast(:ended_at as timestamptz[]))
        as n(account, begins_at, in_place_of, plan, version, started_at, anchor, interval,
            quantity, renewal_date, add_ons, price,
             changed_at, ended_at)
    on conflict (account) do update set begins_at = excluded.begins_at,
        in_place_of = excluded.in_place_of, plan = excluded.plan,
        catalog_version = excluded.catalog_version, started_at = excluded.started_at,
            anchor = excluded.anchor,
        interval = excluded.interval, quantity = excluded.quantity,
            renewal_date = excluded.renewal_date, add_ons = excluded.add_ons,
        price = excluded.price, changed_at = excluded.changed_at, ended_at = excluded.ended_at
    """
)
_DELETE_NEXT = text("delete from next_subscription where account = any(cast(:accounts as text[]))")
_RAISE_SUBSCRIPTIONS = text(
    "update subscription set revision = :revision where account = any(cast(:accounts as text[]))"
)
_NOTE_CHANGES = text(
    """
    insert into plan_change (account, at, from_plan, to_plan, from_version, to_version, kind,
        arr_before, arr_after, currency, effective_at, add_ons)
    select c.account, c.at, c.from_plan, c.to_plan, c.from_version, c.to_version,
        case when c.kind = 'reactivation'
            and not exists (select from plan_change p where p.account = c.account)
            then 'new' else c.kind end,
        c.arr_before, c.arr_after, c.currency, c.effective_at, cast(c.add_ons as jsonb)
    from unnest(cast(:account as text[]), cast(:at as timestamptz[]), cast(:from_plan as text[]),
        cast(:to_plan as text[]), cast(:from_version as int[]), cast(:to_version as int[]),
        cast(:kind as text[]), cast(:arr_before as numeric[]), cast(:arr_after as numeric[]),
        cast(:currency as text[]), cast(:effective_at as timestamptz[]),
        cast(:add_ons as text[]))
        with ordinality as c(account, at, from_plan, to_plan, from_version, to_version, kind,
            arr_before, arr_after, currency, effective_at, add_ons, n)
    order by c.n
    """
)
_PUT_OVERRIDES = text(
    """
    with given as (
        select * from unnest(cast(:account as text[]), cast(:meter as text[]),
            cast(:limit as numeric[]), cast(:unlimited as bool[]), cast(:sets_limit as bool[]),
            cast(:thresholds as text[]))
            as o(account, meter, "limit", unlimited, sets_limit, thresholds)
    ), noted as (
        insert into limit_override_change (account, meter, at, sets_limit, "limit")
        select account, meter, :now, sets_limit, "limit" from given
    )
    insert into limit_override (account, meter, "limit", unlimited, sets_limit, thresholds,
        revision)
    select o.account, o.meter, o."limit", o.unlimited, o.sets_limit, cast(o.thresholds as jsonb),
        r.value
    from given o, revision r
    where r.name = 'plans'
    on conflict (account, meter) do update set "limit" = excluded."limit",
        unlimited = excluded.unlimited,
        sets_limit = excluded.sets_limit, thresholds = excluded.thresholds,
            revision = excluded.revision
    """
)
_DELETE_OVERRIDE = text(
    """
    with gone as (
        delete from limit_override where account = :account and meter = :meter returning meter)
    insert into limit_override_change (account, meter, at, sets_limit)
    select :account, meter, :now, false from gone
    """
)
