"""Loads what judgement needs, with the same few statements for one account as for a thousand."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account, Subscription
from services.trigger.catalog_in_force import Applied
from services.trigger.dossier.dossier import DAYS_BACK, Loaded, assembled, with_days
from services.trigger.judgement.facts.context import Known
from services.trigger.sale_terms import mixed
from services.trigger.tables import days
from services.trigger.tables import facts as fact_rows
from services.trigger.tables import known as known_rows
from services.trigger.tables.catalogs import Catalogs
from services.trigger.tables.present import Present
from shared.catalog import Catalog
from shared.catalog.place import Hints
from shared.loop.isolation import Isolation
from shared.values.mailboxes import mailbox_of

PART = "judgement"
"""The part that operators see named if it fails."""

NOTHING_SOLD = Applied(0, Catalog("USD", (), {}, {}))
"""Used before the first catalogue: facts are stored, and nothing is proposed."""


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

        `present`: what the transaction has read of them already. `isolation`: collects
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
        present = present or Present(self.catalogs)
        in_force = await present.in_force(conn) or NOTHING_SOLD
        people = await present.profiles(conn, accounts)
        terms = await present.terms(conn, people, now)
        rules, mailboxes = in_force.catalog.policy.guardrails, _mailboxes(people.values())
        kept, everywhere = await known_rows.known(conn, accounts, mailboxes, rules, now)
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
        self,
        conn: AsyncConnection,
        accounts: Collection[str],
        now: datetime,
        present: Present | None = None,
    ) -> dict[str, Known]:
        """What facts about these accounts are checked against: names are those in force."""
        present = present or Present(self.catalogs)
        in_force = await present.in_force(conn) or NOTHING_SOLD
        signed, hints = await fact_rows.signed(conn, accounts), Hints()
        terms = await present.terms(conn, accounts, now)
        found = {}
        for account, profile in (await present.profiles(conn, accounts)).items():
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
        wanted = [account for account, one in found.items() if daily or one.needs_days]
        if not wanted:
            return found
        since = now - DAYS_BACK
        recorded = await days.of_accounts(conn, wanted, since.date())
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


def _of(isolation: Isolation | None, account: str) -> AbstractContextManager[None]:
    return nullcontext() if isolation is None else isolation.of(account, PART)


def _mailboxes(people: Iterable[Account]) -> set[bytes]:
    return {
        found
        for one in people
        for contact in one.contacts
        if (found := mailbox_of(contact.email)) is not None
    }
