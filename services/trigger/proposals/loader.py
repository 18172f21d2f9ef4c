"""Loads what judgement needs, with the same few statements for one account as for a thousand."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account, Next, Person, Subscription, Terms
from services.trigger.alerts import forecast
from services.trigger.judgement.facts import facts as judged
from services.trigger.judgement.facts.context import Known
from services.trigger.judgement.facts.facts import Facts
from services.trigger.limits import allowance
from services.trigger.present import Present
from services.trigger.subscriptions.succession import is_sold_as_then
from services.trigger.tables import accounts as account_rows
from services.trigger.tables import days
from services.trigger.tables import facts as fact_rows
from services.trigger.tables import known as known_rows
from services.trigger.tables import people as people_rows
from services.trigger.tables import usage as usage_rows
from services.trigger.tables.catalogs import Applied, Catalogs
from services.trigger.tables.judgements import Open
from services.trigger.tables.known import MoveRow, OpportunityRow, ProposalRow
from shared.catalog import AddOn, Catalog
from shared.catalog.place import Hints
from shared.loop.isolation import Isolation
from shared.values.mailboxes import mailbox_of

DAYS_BACK = timedelta(days=60)
NOTHING_SOLD = Applied(0, Catalog("USD", (), {}, {}))
"""Used before the first catalogue: facts are stored, and nothing is proposed."""

QUIET_PERCENT = 30


@dataclass(frozen=True, slots=True)
class Loaded:
    """One account.

    `catalog`: as sold, under the policy in force. `opened`: its signals and what became of them.
    """

    profile: Account
    terms: Terms
    catalog: Catalog
    facts: Facts
    opened: tuple[Open, ...] = ()
    remedies: frozenset[str] = field(default_factory=frozenset)
    suppressed: frozenset[str] = field(default_factory=frozenset)

    @property
    def pending(self) -> tuple[Open, ...]:
        """Signals not yet acted on."""
        return tuple(one for one in self.opened if not one.acted)


@dataclass(slots=True)
class Loader:
    catalogs: Catalogs
    _mixed: dict[tuple[int, int], Catalog] = field(default_factory=dict)

    async def load(
        self,
        conn: AsyncConnection,
        accounts: Collection[str],
        now: datetime,
        *,
        daily: bool = False,
        present: Present | None = None,
        isolation: Isolation | None = None,
    ) -> dict[str, Loaded]:
        """Loads the known accounts. `daily`: with the days of their meters, whether or not a rule
        needs them.

        `present`: what holds for them, if the caller has read it already. `isolation`: collects
        accounts whose facts cannot be assembled, which are left out of the result; without it the
        first failure is raised.
        """
        found = await self.without_days(conn, accounts, now, present=present, isolation=isolation)
        return await self._with_days(conn, found, now, daily=daily, isolation=isolation)

    async def without_days(
        self,
        conn: AsyncConnection,
        accounts: Collection[str],
        now: datetime,
        *,
        present: Present | None = None,
        isolation: Isolation | None = None,
    ) -> dict[str, Loaded]:
        """The same with the meters' totals only: no trend, no forecast."""
        if not accounts:
            return {}
        if present is None:
            present = await self._present(conn, accounts, now)
        in_force, terms = present.applied, present.terms
        kept = await known_rows.known(conn, accounts, in_force.catalog.policy.guardrails, now)
        people = {
            account: present.profiles[account]
            for account in accounts
            if account in present.profiles
        }
        everywhere = await people_rows.refusing_everywhere(conn, _mailboxes(people.values()))
        found = {}
        for account, profile in people.items():
            catalog = await self._catalog(
                conn, terms[account].subscription, in_force.version, in_force.catalog
            )
            with _of(isolation, account):
                found[account] = assembled(
                    profile,
                    terms[account],
                    kept[account],
                    catalog,
                    in_force.catalog,
                    now,
                    everywhere,
                )
        return found

    async def _present(
        self, conn: AsyncConnection, accounts: Collection[str], now: datetime
    ) -> Present:
        applied = await self.catalogs.in_force(conn) or NOTHING_SOLD
        profiles = await account_rows.profiles(conn, accounts)
        return Present(applied, await account_rows.terms_of(conn, accounts, now), profiles)

    async def add_days(
        self,
        conn: AsyncConnection,
        found: Mapping[str, Loaded],
        now: datetime,
        *,
        isolation: Isolation | None = None,
    ) -> dict[str, Loaded]:
        """The same accounts with the days of their meters."""
        return await self._with_days(conn, dict(found), now, daily=True, isolation=isolation)

    async def known(
        self, conn: AsyncConnection, accounts: Collection[str], now: datetime
    ) -> dict[str, Known]:
        """What facts about these accounts are checked against: names are those in force."""
        in_force = await self.catalogs.in_force(conn) or NOTHING_SOLD
        signed, hints = await fact_rows.signed(conn, accounts), Hints()
        terms = await account_rows.terms_of(conn, accounts, now)
        found = {}
        for account, profile in (await account_rows.profiles(conn, accounts)).items():
            running = terms[account].running(now)
            plan = in_force.catalog.plans.get(running.plan) if running else None
            currency = profile.currency or (plan.currency if plan else in_force.catalog.currency)
            found[account] = Known(in_force.catalog, currency, signed.get(account), hints)
        return found

    async def _catalog(
        self,
        conn: AsyncConnection,
        subscription: Subscription | None,
        version: int,
        current: Catalog,
    ) -> Catalog:
        """Prices and limits as sold; policy, features and frameworks as of now."""
        if subscription is None or subscription.catalog_version == version:
            return current
        key = subscription.catalog_version, version
        if key not in self._mixed:
            sold = await self.catalogs.version(conn, subscription.catalog_version)
            self._mixed[key] = mixed(sold, current)
        return self._mixed[key]

    async def _with_days(
        self,
        conn: AsyncConnection,
        found: dict[str, Loaded],
        now: datetime,
        *,
        daily: bool,
        isolation: Isolation | None,
    ) -> dict[str, Loaded]:
        """Reads days only if a rule depends on them: near a limit, or if everything is low."""
        wanted = [account for account, one in found.items() if daily or _turns_on_days(one)]
        if not wanted:
            return found
        since = now - DAYS_BACK
        recorded = await usage_rows.days(conn, wanted, since.date())
        longer = [
            (account, usage.meter, usage.period_start)
            for account in wanted
            for usage in found[account].facts.usage.values()
        ]
        in_use = await days.hours_in_use(
            conn,
            [
                (account, meter, start)
                for account, meter, start in longer
                if start and start < since
            ],
        )
        for account in wanted:
            one = found.pop(account)
            with _of(isolation, account):
                known = {meter: recorded.get((account, meter), {}) for meter in one.facts.usage}
                found[account] = with_days(
                    one,
                    known,
                    now,
                    {meter: hours for (whose, meter), hours in in_use.items() if whose == account},
                )
        return found


def mixed(sold: Catalog, current: Catalog) -> Catalog:
    """Prices and limits of `sold`, everything else of `current`.

    Drops limits of removed meters; plans say nothing about new ones. New add-ons are offered beside
    plans that are sold as before: buying one moves the subscription to `current`, which then
    changes nothing else for the account.
    """
    plans = {
        key: replace(
            plan,
            limits={
                meter: limit for meter, limit in plan.limits.items() if meter in current.meters
            },
        )
        for key, plan in sold.plans.items()
    }
    return replace(
        sold,
        policy=current.policy,
        meters=current.meters,
        plans=plans,
        add_ons={**_new_add_ons(sold, current), **sold.add_ons},
        features={**sold.features, **current.features},
        frameworks={**sold.frameworks, **current.frameworks},
        links=current.links,
    )


def _new_add_ons(sold: Catalog, current: Catalog) -> dict[str, AddOn]:
    same = {plan for plan in sold.plans if is_sold_as_then(sold, current, plan)}
    new = {
        key: replace(one, plans=tuple(plan for plan in one.plans if plan in same))
        for key, one in current.add_ons.items()
    }
    return {key: one for key, one in new.items() if one.plans and key not in sold.add_ons}


def _of(isolation: Isolation | None, account: str) -> AbstractContextManager[None]:
    return nullcontext() if isolation is None else isolation.of(account, "judgement")


def _mailboxes(people: Iterable[Account]) -> set[bytes]:
    return {
        found
        for one in people
        for contact in one.contacts
        if (found := mailbox_of(contact.email)) is not None
    }


def assembled(
    profile: Account,
    terms: Terms,
    known: known_rows.Known,
    catalog: Catalog,
    current: Catalog,
    now: datetime,
    everywhere: frozenset[bytes] = frozenset(),
) -> Loaded:
    """Assembles an account from what is stored.

    `catalog`: as sold, under the policy in force; `current`: the one in force; `everywhere`:
    mailboxes that refused offers in all accounts. Pure.
    """
    opened = known.opened(profile.id)
    facts = Facts(
        account=_account(profile, terms.subscription),
        subscription=_subscription(terms.subscription, known.started_at, now, terms.next),
        moves=tuple(_moves(known.moves, catalog)),
        record=known.record,
        usage=_usage(known.running(now), terms, catalog, current),
        sent=tuple(_sent(row) for row in known.proposals if row.channel == "message"),
        opportunities=tuple(_opportunity(row) for row in known.opportunities),
        signals=tuple(one.signal for one in opened),
        paused_plays=known.paused(current.policy.guardrails),
        refused_mailboxes=everywhere.union(map(bytes.fromhex, known.refused)),
        former_contacts=frozenset(known.former),
    )
    return Loaded(
        profile,
        terms,
        catalog,
        facts,
        opened,
        frozenset(known.remedies),
        frozenset(known.suppressed),
    )


def with_days(
    loaded: Loaded, recorded: Mapping[str, usage_rows.Days], now: datetime, hours: Mapping[str, int]
) -> Loaded:
    """Adds the recorded days of its meters.

    `hours`: for counters whose period began before those days, the number of hours with usage.
    Pure.
    """
    usage = {}
    for meter, known in loaded.facts.usage.items():
        days = recorded.get(meter, {})
        in_use = (
            hours[meter]
            if meter in hours
            else forecast.hours_in_use(days, known.period_start or now)
        )
        usage[meter] = usage_rows.with_days(
            known, loaded.catalog.meters[meter], days, loaded.catalog.policy, now, in_use
        )
    return replace(loaded, facts=replace(loaded.facts, usage=usage))


def _turns_on_days(loaded: Loaded) -> bool:
    shares = [usage.percent for usage in loaded.facts.usage.values() if usage.percent is not None]
    near = loaded.catalog.policy.repeat_periods.percent
    return bool(shares) and (max(shares) >= near or max(shares) < QUIET_PERCENT)


def standing(
    profile: Account, subscription: Subscription, now: datetime
) -> tuple[judged.Account, judged.Subscription]:
    """Account and subscription as far as dates depend on them, without what judgement stores.

    Pure.
    """
    runs = _subscription(subscription, None, now)
    assert runs is not None, "it holds now"
    return _account(profile, subscription), runs


def _account(profile: Account, subscription: Subscription | None) -> judged.Account:
    since = profile.customer_since or (subscription.started_at if subscription else None)
    return judged.Account(
        id=profile.id,
        name=profile.name,
        locale=profile.locale,
        time_zone=profile.time_zone,
        country=profile.country,
        currency=profile.currency,
        contacts=tuple(
            judged.Contact(one.id, one.role, one.locale, mailbox=mailbox_of(one.email))
            for one in profile.contacts
        ),
        csm=_person(profile.csm),
        ae=_person(profile.ae),
        customer_since=since,
        segment=profile.segment,
    )


def _person(person: Person | None) -> judged.Person | None:
    if person is None:
        return None
    return judged.Person(
        person.id, person.name, person.email, person.sales_trained, person.close_authority
    )


def _subscription(
    subscription: Subscription | None,
    started_at: datetime | None,
    now: datetime,
    waits: Next | None = None,
) -> judged.Subscription | None:
    if subscription is None or not subscription.holds(now):
        return None
    return judged.Subscription(
        plan=subscription.plan,
        started_at=started_at or subscription.started_at,
        interval=subscription.interval,
        quantity=subscription.quantity,
        anchor=subscription.anchor or subscription.started_at,
        renewal_date=subscription.renewal_date,
        add_ons=subscription.add_ons,
        price=subscription.price,
        next=None
        if waits is None
        else judged.Sold(waits.subscription.plan, waits.begins_at, waits.subscription.changed_at),
    )


def _moves(rows: Iterable[MoveRow], catalog: Catalog) -> Iterable[judged.Move]:
    for row in rows:
        before, after = catalog.plans.get(row.from_plan), catalog.plans.get(row.to_plan)
        if before is not None and after is not None and before.id != after.id:
            yield judged.Move(
                row.at, before.id, after.id, "upgrade" if after.rank > before.rank else "downgrade"
            )


def _usage(
    totals: Mapping[str, usage_rows.Totals], terms: Terms, sold: Catalog, current: Catalog
) -> dict[str, judged.Usage]:
    if terms.subscription is None:
        return {}
    found = {}
    for meter, total in totals.items():
        if meter in sold.meters:
            allowed = allowance(
                meter, terms.subscription, sold, current, terms.overrides.get(meter)
            )
            found[meter] = usage_rows.usage(meter, total, allowed.limit)
    return found


def _sent(row: ProposalRow) -> judged.Sent:
    return judged.Sent(
        row.at,
        row.plan,
        row.reason,
        row.meter,
        row.percent,
        tuple(row.contacts),
        row.counts,
        row.reason,
        row.amount,
    )


def _opportunity(row: OpportunityRow) -> judged.Opportunity:
    return judged.Opportunity(
        row.id,
        row.to_plan,
        tuple(row.reasons),
        str(row.owner["role"]),
        row.stage,
        _told(row),
        row.add_on,
    )


def _told(row: OpportunityRow) -> tuple[tuple[str, str], ...] | None:
    return None if row.told is None else tuple(row.told)
