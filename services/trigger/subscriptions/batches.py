"""Many accounts at once, as during a migration: what each item asks for, what it changes, and what
follows.

The rules are those of the single endpoints (`plans.py`), applied to hundreds of accounts with the
same few statements. What an item leaves out stays as it is. Each item is taken or refused as a
whole, independently of the others.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger import erasure_steps
from services.trigger.accounts import Account, Contact, Override, Terms
from services.trigger.alerts.watch import Watch
from services.trigger.erasure_steps import Readmission
from services.trigger.opportunities import staff
from services.trigger.opportunities.staff import Staff
from services.trigger.outcome import Outcome
from services.trigger.subscriptions import account_changes, plan_changes
from services.trigger.subscriptions.account_changes import Overtaken
from services.trigger.subscriptions.changes import Change, Selling, Unsold, change
from services.trigger.subscriptions.orders import Order
from services.trigger.subscriptions.plan_changes import Subscriptions
from services.trigger.tables import accounts, catalogs
from shared.catalog import NO_RATES, Catalog, misplaced
from shared.loop.isolation import Isolation
from shared.postgres.database import lock_accounts
from shared.values.faults import Fault, pointer_part

MOST_CONTACTS = 1_000
"""Per account."""
PART = "account"
"""The part that operators see named if an item fails."""
Result = Literal["created", "updated", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Item:
    """The requested state of one account. `account` None: its master data stays.

    `keeps_contacts`: so do its contacts. `added`: contacts to add, or to replace those with the
    same ids.
    """

    id: str
    account: Account | None = None
    keeps_contacts: bool = False
    added: tuple[Contact, ...] = ()
    order: Order | None = None
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """The result of an item. Paths of faults point into it."""

    result: Result
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored about some accounts, and the catalogues their plans come from."""

    profiles: Mapping[str, Account]
    terms: Mapping[str, Terms]
    selling: Selling

    def says_the_same(self, other: "Known", accounts: Collection[str]) -> bool:
        """If so for these accounts, the changes computed from one also hold for the other."""
        return self.selling.applied == other.selling.applied and all(
            self.profiles.get(one) == other.profiles.get(one)
            and self.terms.get(one) == other.terms.get(one)
            for one in accounts
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """What an item changes. `profile` None: no master data."""

    before: Account | None
    profile: Account | None
    subscription: Change | None
    overrides: tuple[Override, ...]

    @property
    def has_moved(self) -> bool:
        return self.profile is not None and account_changes.has_moved(self.before, self.profile)

    @property
    def changes_plans(self) -> bool:
        return self.subscription is not None or self.has_moved

    @property
    def settled(self) -> Settled:
        return Settled("created" if self.before is None else "updated")


_BEING_ERASED = Settled(
    "refused",
    (
        Fault(
            "/id", "is an account, or names a contact, that is being erased: try again in a moment"
        ),
    ),
)


async def settle(
    conn: AsyncConnection, watch: Watch, items: Sequence[Item], now: datetime
) -> tuple[dict[str, Settled], Outcome]:
    """Per account, each of which appears once: the result of its item, and what follows. Unchanged
    accounts are not locked.

    Raises AccountsFailed for accounts that cannot be processed; the transaction must then be rolled
    back.
    """
    team = await staff.named(conn, [one.account for one in items if one.account is not None])
    complete, unnamed = _completed(items, team)
    found, outcome = await _settle(conn, watch, complete, team, now)
    return found | unnamed, outcome


def _completed(items: Sequence[Item], team: Staff) -> tuple[Sequence[Item], dict[str, Settled]]:
    """With what they leave out of people who are known; those that name nobody are refused."""
    complete, unnamed = list[Item](), dict[str, Settled]()
    for item in items:
        account, faults = (None, []) if item.account is None else team.completed(item.account)
        if faults:
            unnamed[item.id] = Settled("refused", tuple(faults))
        else:
            complete.append(replace(item, account=account))
    return complete, unnamed


async def _settle(
    conn: AsyncConnection, watch: Watch, items: Sequence[Item], team: Staff, now: datetime
) -> tuple[dict[str, Settled], Outcome]:
    known = await _known(conn, watch, items)
    found = _worked_out(items, known, now)
    looked = await _readmission(conn, found)
    found |= dict.fromkeys(looked.waiting, _BEING_ERASED)
    changing = [one for one in items if isinstance(found[one.id], Changes)]
    if not changing:
        return _settled(found), Outcome()
    ids = [one.id for one in changing]
    changes_plans = _changes_plans(found, looked)
    await (plan_changes.lock(conn, ids) if changes_plans else lock_accounts(conn, ids))
    watch.pace.locked()
    locked = await _known(conn, watch, changing)
    if not known.says_the_same(locked, ids):
        found |= _worked_out(changing, locked, now)
    readmission = await _readmission(conn, found)  # from here on no erasure of them can begin
    found |= dict.fromkeys(readmission.waiting, _BEING_ERASED)
    if not changes_plans and _changes_plans(found, readmission):
        raise Overtaken
    await readmission.write(conn, now)
    stored = [one.profile for one in found.values() if isinstance(one, Changes) and one.profile]
    await team.make(conn, stored, now)
    outcome = await _write(
        conn,
        watch,
        {account: one for account, one in found.items() if isinstance(one, Changes)},
        now,
    )
    return _settled(found), outcome


async def _readmission(
    conn: AsyncConnection, found: Mapping[str, Changes | Settled]
) -> Readmission:
    return await erasure_steps.readmission(
        conn, (one.profile for one in found.values() if isinstance(one, Changes) and one.profile)
    )


def _changes_plans(found: Mapping[str, Changes | Settled], readmission: Readmission) -> bool:
    return bool(readmission.returning) or any(
        isinstance(one, Changes) and one.changes_plans for one in found.values()
    )


async def _known(conn: AsyncConnection, watch: Watch, items: Sequence[Item]) -> Known:
    ids = [one.id for one in items]
    terms = await accounts.stored_terms(conn, ids)
    return Known(
        await accounts.profiles(conn, ids),
        terms,
        await Subscriptions(watch).selling(conn, terms.values()),
    )


def _worked_out(items: Sequence[Item], known: Known, now: datetime) -> dict[str, Changes | Settled]:
    isolation, found = Isolation(), dict[str, Changes | Settled]()
    for item in items:
        with isolation.of(item.id, PART):
            found[item.id] = worked_out(item, known, now)
    isolation.check()
    return found


def _settled(found: Mapping[str, Changes | Settled]) -> dict[str, Settled]:
    return {
        account: one.settled if isinstance(one, Changes) else one for account, one in found.items()
    }


def worked_out(item: Item, known: Known, now: datetime) -> Changes | Settled:
    """What the item changes, that it changes nothing, or why it is refused. Pure."""
    before = known.profiles.get(item.id)
    after = _merged(item, before)
    zone = "UTC" if after is None else after.time_zone
    terms = known.terms.get(item.id) or Terms(zone, None, {})
    found = _change(item, replace(terms, time_zone=zone), known.selling, now)
    faults = (
        [Fault("/name", "is missing: no account has this id yet")]
        if after is None
        else [*_people_faults(after)]
    )
    faults += _meter_faults(item, known.selling.applied.catalog if known.selling.applied else None)
    if isinstance(found, Unsold):
        faults += [Fault(f"/subscription{fault.path}", fault.reason) for fault in found.faults]
    if faults or after is None or isinstance(found, Unsold):
        return Settled("refused", tuple(faults))
    differs = before is None or not accounts.same_account(before, after)
    overrides = tuple(one for one in item.overrides if terms.overrides.get(one.meter) != one)
    if not differs and found is None and not overrides:
        return Settled("unchanged")
    return Changes(before, after if differs else None, found, overrides)


def _merged(item: Item, before: Account | None) -> Account | None:
    """The account after the change; None if it is neither known nor given."""
    after = item.account or before
    if after is None:
        return None
    kept = (
        before.contacts
        if before is not None and (item.account is None or item.keeps_contacts)
        else after.contacts
    )
    contacts = {one.id: one for one in (*kept, *item.added)}
    return replace(after, contacts=tuple(contacts.values()))


def _change(item: Item, terms: Terms, selling: Selling, now: datetime) -> Change | Unsold | None:
    return None if item.order is None else change(terms, item.order, selling, now)


def _people_faults(account: Account) -> Iterator[Fault]:
    if len(account.contacts) > MOST_CONTACTS:
        yield Fault(
            "/add_contacts", f"would make more than {MOST_CONTACTS} contacts of one account"
        )


def _meter_faults(item: Item, catalog: Catalog | None) -> Iterator[Fault]:
    for one in item.overrides:
        if catalog is None or one.meter not in catalog.meters:
            yield Fault(f"/limits{pointer_part(one.meter)}", "is not a meter of the catalogue")
            continue
        path = f"/limits{pointer_part(one.meter)}/thresholds"
        for n in misplaced(one.thresholds or (), catalog.meters[one.meter]):
            yield Fault(f"{path}/{n}", NO_RATES)


async def _write(
    conn: AsyncConnection, watch: Watch, changes: Mapping[str, Changes], now: datetime
) -> Outcome:
    if not changes:
        return Outcome()
    profiles = [one.profile for one in changes.values() if one.profile is not None]
    if profiles:
        await accounts.put(conn, profiles, now)
    said = await account_changes.people_moved(
        conn, {account: one.before for account, one in changes.items() if one.before}, profiles, now
    )
    known = {account: one.before for account, one in changes.items() if one.before}
    said.add(await watch.judgement.staff_changed(conn, known, profiles, now))
    moved = [account for account, one in changes.items() if one.has_moved]
    if moved:
        await accounts.raise_subscriptions(conn, moved, await catalogs.raise_plans(conn))
    await account_changes.put_overrides(
        conn,
        [(account, override) for account, one in changes.items() for override in one.overrides],
        now,
    )
    bought = {
        account: one.subscription
        for account, one in changes.items()
        if one.subscription is not None
    }
    outcome = said.add(await Subscriptions(watch).change(conn, bought, now, looks=_looks(changes)))
    people = [
        account
        for account, one in changes.items()
        if one.before and one.profile and not one.has_moved
    ]
    return (
        outcome.add(await watch.judgement.people_changed(conn, people, now)) if people else outcome
    )


def _looks(changes: Mapping[str, Changes]) -> dict[str, Collection[str] | None]:
    """Thresholds to evaluate, by account and meter, besides those of changed subscriptions."""
    found: dict[str, Collection[str] | None] = {}
    for account, one in changes.items():
        if one.has_moved:
            found[account] = None
        elif one.overrides:
            found[account] = {override.meter for override in one.overrides}
    return found
