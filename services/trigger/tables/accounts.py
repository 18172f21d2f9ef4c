"""Accounts, contacts, subscriptions and overrides: rows to values and back."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account, Contact, Override, Person, Subscription, Terms
from shared.catalog import Threshold, parse_thresholds
from shared.quantities import plain


async def terms_of(conn: AsyncConnection, accounts: Collection[str]) -> dict[str, Terms]:
    """For the accounts that are known."""
    wanted = {"accounts": list(accounts)}
    overrides: dict[str, dict[str, Override]] = {}
    for row in await conn.execute(_OVERRIDES, wanted):
        overrides.setdefault(row.account, {})[row.meter] = _override(row)
    return {row.id: Terms(row.time_zone, _subscription(row), overrides.get(row.id, {})) for row in await conn.execute(_TERMS, wanted)}


async def profiles(conn: AsyncConnection, accounts: Collection[str]) -> dict[str, Account]:
    """Who they are, contacts included, for the accounts that are known."""
    wanted = {"accounts": list(accounts)}
    contacts: dict[str, list[Contact]] = {}
    for row in await conn.execute(_CONTACTS, wanted):
        contacts.setdefault(row.account, []).append(Contact(row.id, row.name, row.role, row.email, row.locale))
    return {row.id: _account(row, contacts.get(row.id, [])) for row in await conn.execute(_ACCOUNTS, wanted)}


async def find(conn: AsyncConnection, account: str) -> Account | None:
    return (await profiles(conn, [account])).get(account)


async def first_start(conn: AsyncConnection, account: str) -> datetime | None:
    """When its first subscription began; None where it never had one."""
    found: datetime | None = (await conn.execute(_FIRST_START, {"account": account})).scalar_one()
    return found


async def page(conn: AsyncConnection, after: str, limit: int) -> list[str]:
    """The next accounts with a subscription, in the order of their ids."""
    return list((await conn.execute(_PAGE, {"after": after, "limit": limit})).scalars())


async def put(conn: AsyncConnection, account: Account, now: datetime) -> bool:
    """Stores it with its contacts; True where it is new. Contacts that are no longer named are gone."""
    created = (await conn.execute(_PUT, _account_columns(account, now))).scalar_one()
    await conn.execute(_PUT_CONTACTS, _contact_columns(account.id, account.contacts))
    return bool(created)


async def put_subscription(conn: AsyncConnection, account: str, subscription: Subscription, revision: int) -> None:
    row = {
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
        "revision": revision,
        "changed_at": subscription.changed_at,
        "ended_at": subscription.ended_at,
    }
    await conn.execute(_PUT_SUBSCRIPTION, row)


async def raise_subscription(conn: AsyncConnection, account: str, revision: int) -> None:
    """Says that its periods may lie elsewhere now (the time zone of the account changed)."""
    await conn.execute(_RAISE_SUBSCRIPTION, {"account": account, "revision": revision})


async def note_change(conn: AsyncConnection, account: str, at: datetime, before: Subscription | None, after: Subscription | None) -> None:
    """One line of the account's history of plans; None is no subscription."""
    row = {
        "account": account,
        "at": at,
        "from_plan": before and before.plan,
        "to_plan": after and after.plan,
        "from_version": before and before.catalog_version,
        "to_version": after and after.catalog_version,
    }
    await conn.execute(_NOTE_CHANGE, row)


async def put_override(conn: AsyncConnection, account: str, override: Override) -> None:
    row = {
        "account": account,
        "meter": override.meter,
        "limit": override.limit,
        "unlimited": override.sets_limit and override.limit is None,
        "sets_limit": override.sets_limit,
        "thresholds": None
        if override.thresholds is None
        else msgspec.json.encode([_stored(item) for item in override.thresholds]).decode(),
    }
    await conn.execute(_PUT_OVERRIDE, row)


async def delete_override(conn: AsyncConnection, account: str, meter: str) -> None:
    await conn.execute(_DELETE_OVERRIDE, {"account": account, "meter": meter})


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


def _override(row: Row[Any]) -> Override:
    thresholds = None if row.thresholds is None else parse_thresholds(msgspec.json.decode(row.thresholds))
    return Override(row.meter, row.sets_limit, row.limit, thresholds)


def _stored(threshold: Threshold) -> int | dict[str, str] | None:
    return {"at": plain(threshold.at)} if threshold.at is not None else threshold.percent


def _account(row: Row[Any], contacts: Sequence[Contact]) -> Account:
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
        csm=_person(row.csm),
        ae=_person(row.ae),
        external_ids=msgspec.json.decode(row.external_ids, type=dict[str, str]),
        contacts=tuple(contacts),
    )


def _person(stored: str | None) -> Person | None:
    return None if stored is None else msgspec.json.decode(stored, type=Person)


def _account_columns(account: Account, now: datetime) -> dict[str, object]:
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
        "now": now,
    }


def _contact_columns(account: str, contacts: Sequence[Contact]) -> dict[str, object]:
    return {
        "account": account,
        "ids": [contact.id for contact in contacts],
        "names": [contact.name for contact in contacts],
        "emails": [contact.email for contact in contacts],
        "roles": [contact.role for contact in contacts],
        "locales": [contact.locale for contact in contacts],
    }


def same_account(left: Account, right: Account) -> bool:
    """Whether a PUT changes nothing: mappings compare by content, moments as moments."""
    return replace(left, external_ids=dict(left.external_ids)) == replace(right, external_ids=dict(right.external_ids))


_TERMS = text(
    """
    select a.id, a.time_zone, s.plan, s.catalog_version, s.started_at, s.anchor, s.interval, s.quantity, s.renewal_date,
           s.add_ons::text as add_ons, s.price, s.changed_at, s.ended_at
    from account a left join subscription s on s.account = a.id
    where a.id = any(:accounts)
    """
)
_OVERRIDES = text(
    """
    select account, meter, "limit", sets_limit, thresholds::text as thresholds
    from limit_override where account = any(:accounts) order by account, meter
    """
)
_ACCOUNTS = text(
    """
    select id, name, locale, time_zone, country, currency, segment, employees, customer_since, csm::text as csm, ae::text as ae,
           external_ids::text as external_ids
    from account where id = any(:accounts)
    """
)
_CONTACTS = text("select account, id, name, email, role, locale from contact where account = any(:accounts) order by account, position")
_FIRST_START = text("select first_start from account where id = :account")
_PAGE = text("select account from subscription where account > :after order by account limit :limit")
_PUT = text(
    """
    insert into account (id, name, locale, time_zone, country, currency, segment, employees, customer_since, csm, ae, external_ids,
                         created_at, updated_at)
    values (:id, :name, :locale, :time_zone, :country, :currency, :segment, :employees, :customer_since, cast(:csm as jsonb),
            cast(:ae as jsonb), cast(:external_ids as jsonb), :now, :now)
    on conflict (id) do update set name = excluded.name, locale = excluded.locale, time_zone = excluded.time_zone,
        country = excluded.country, currency = excluded.currency, segment = excluded.segment, employees = excluded.employees,
        customer_since = excluded.customer_since, csm = excluded.csm, ae = excluded.ae, external_ids = excluded.external_ids,
        updated_at = excluded.updated_at
    returning xmax = 0
    """
)
_PUT_CONTACTS = text(
    """
    with given as (
        select * from unnest(cast(:ids as text[]), cast(:names as text[]), cast(:emails as text[]), cast(:roles as text[]),
                             cast(:locales as text[])) with ordinality as c(id, name, email, role, locale, position)
    ), gone as (
        delete from contact where account = :account and id not in (select id from given)
    )
    insert into contact (account, id, position, name, email, role, locale)
    select :account, id, position, name, email, role, locale from given
    on conflict (account, id) do update set position = excluded.position, name = excluded.name, email = excluded.email,
        role = excluded.role, locale = excluded.locale
    """
)
_PUT_SUBSCRIPTION = text(
    """
    with first as (
        update account set first_start = :started_at where id = :account and first_start is null
    )
    insert into subscription (account, plan, catalog_version, started_at, anchor, interval, quantity, renewal_date, add_ons, price,
                              revision, changed_at, ended_at)
    values (:account, :plan, :version, :started_at, :anchor, :interval, :quantity, :renewal_date, cast(:add_ons as jsonb), :price,
            :revision, :changed_at, :ended_at)
    on conflict (account) do update set plan = excluded.plan, catalog_version = excluded.catalog_version,
        started_at = excluded.started_at, anchor = excluded.anchor, interval = excluded.interval, quantity = excluded.quantity,
        renewal_date = excluded.renewal_date, add_ons = excluded.add_ons, price = excluded.price, revision = excluded.revision,
        changed_at = excluded.changed_at, ended_at = excluded.ended_at
    """
)
_RAISE_SUBSCRIPTION = text("update subscription set revision = :revision where account = :account")
_NOTE_CHANGE = text(
    """
    insert into plan_change (account, at, from_plan, to_plan, from_version, to_version)
    values (:account, :at, :from_plan, :to_plan, :from_version, :to_version)
    """
)
_PUT_OVERRIDE = text(
    """
    insert into limit_override (account, meter, "limit", unlimited, sets_limit, thresholds, revision)
    values (:account, :meter, :limit, :unlimited, :sets_limit, cast(:thresholds as jsonb),
            (select value from revision where name = 'plans'))
    on conflict (account, meter) do update set "limit" = excluded."limit", unlimited = excluded.unlimited,
        sets_limit = excluded.sets_limit, thresholds = excluded.thresholds, revision = excluded.revision
    """
)
_DELETE_OVERRIDE = text("delete from limit_override where account = :account and meter = :meter")
