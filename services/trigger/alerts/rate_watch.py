"""Looks at rates every minute, where any plan or account has one, and at nothing else."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.alerts import rates
from services.trigger.alerts.notices import closing
from services.trigger.alerts.rates import Crossed, Selling
from services.trigger.alerts.watch import Watch
from services.trigger.outcome import Outcome
from services.trigger.proposals import rulings
from services.trigger.purposes import Purpose
from services.trigger.tables import alerts as alert_rows
from services.trigger.tables import due
from services.trigger.tables import rates as rate_rows
from services.trigger.tables.alerts import Alert, Change
from services.trigger.tables.due import Due
from services.trigger.tables.present import Present
from services.trigger.thresholds import Resolution
from shared.loop.isolation import Isolation
from shared.messages import ClosedAlert
from shared.values.moments import iso

LOOK, ACCOUNT, OVER = "rates", "rate", "rate_over"
"""Timers: the look of each minute; an account that is above a rate; the end of an alert's hour."""
PAGE = 1_000


async def expect(conn: AsyncConnection, now: datetime) -> None:
    """A plan or an account has a rate: it is looked at from the next minute on."""
    await due.schedule_all(conn, [due.NOBODY], LOOK, rates.next_minute(now))


async def settle(
    conn: AsyncConnection,
    watch: Watch,
    accounts: Collection[str],
    now: datetime,
    present: Present | None = None,
) -> Outcome:
    """Their plans or thresholds changed: ends open alerts about rates that they have no more."""
    standing, outcome = await rate_rows.open_in(conn, accounts), Outcome()
    present = present or Present(watch.catalogs)
    applied = await present.in_force(conn) if standing else None
    if applied is None:
        return outcome
    terms = await present.terms(conn, {one.account for one in standing}, now)
    for one in standing:
        bought = terms[one.account].subscription
        if bought is None:
            continue
        sold = await watch.catalogs.version(conn, bought.catalog_version)
        selling = Selling(applied.catalog, sold)
        why = rates.resolution(terms[one.account], selling, one.meter, one.threshold, now)
        if why is not None:
            await due.cancel(conn, one.account, f"{OVER}:{one.id}")
            outcome.add(await _end(conn, [one], why, now))
    return outcome


async def _end(
    conn: AsyncConnection, alerts: Sequence[Row[Any]], why: Resolution, now: datetime
) -> Outcome:
    """Whatever else is open of their meters stays so."""
    outcome = Outcome()
    await alert_rows.change(conn, [Change(one.id, why) for one in alerts], now)
    for one in alerts:
        over = (ClosedAlert(one.id, "resolved", why),)
        outcome.send(closing(one.account, one.meter, over, cured=False, facts=None, now=now))
    return outcome


@dataclass(frozen=True, slots=True)
class RateTimers:
    """Accounts above a rate have a timer each, so that a failure holds up no other."""

    watch: Watch

    @property
    def purposes(self) -> Sequence[Purpose]:
        return (
            Purpose(LOOK, self._look),
            Purpose(ACCOUNT, self._account),
            Purpose(OVER, self._over),
        )

    async def _look(self, conn: AsyncConnection, taken: Sequence[Due], now: datetime) -> Outcome:
        """Ends by itself once nothing has a rate any more."""
        lowest = await self._lowest(conn)
        if not lowest:
            return Outcome()
        one = taken[0]
        since = one.payload.get("since") or iso(one.at - rates.MINUTE)
        hours = rates.hours_since(datetime.fromisoformat(since), now)
        after = one.payload.get("after", "")
        busy = await rate_rows.busy(conn, lowest, hours, after, PAGE)
        telling = [
            found.account
            for found in busy
            if any(not rates.is_told(told, hour, found.time_zone) for hour, told in found.hours)
        ]
        payload = {"hours": [iso(hour) for hour in hours]}
        # Ingest reads it: the hours of these meters are never written later than their totals.
        named = {"meters": sorted(lowest)}
        await due.schedule_all(conn, telling, ACCOUNT, now, payload)
        if len(busy) == PAGE:
            more = {"since": since, "after": busy[-1].account} | named
            await due.schedule(conn, due.NOBODY, LOOK, now, more)
        else:
            await due.schedule(conn, due.NOBODY, LOOK, rates.next_minute(now), named)
        return Outcome()

    async def _lowest(self, conn: AsyncConnection) -> Mapping[str, Decimal]:
        """By meter, of all plans as they are sold or were, and of accounts' own thresholds."""
        applied = await self.watch.catalogs.in_force(conn)
        if applied is None:
            return {}
        versions = await rate_rows.versions(conn)
        catalogs = [await self.watch.catalogs.version(conn, one) for one in versions]
        found = rates.lowest([applied.catalog, *catalogs])
        for meter, rate in await rate_rows.own(conn):
            found[meter] = min(rate, found.get(meter, rate))
        return {
            meter: rate
            for meter, rate in found.items()
            if meter in applied.catalog.meters and applied.catalog.meters[meter].has_rates
        }

    async def _account(self, conn: AsyncConnection, taken: Sequence[Due], now: datetime) -> Outcome:
        """Under the accounts' locks."""
        present = Present(self.watch.catalogs)
        applied, ids = await present.in_force(conn), due.accounts_of(taken)
        if applied is None:
            return Outcome()
        hours = sorted(
            {datetime.fromisoformat(one) for due_ in taken for one in due_.payload["hours"]}
        )
        samples = await rate_rows.samples(conn, ids, hours)
        told = await rate_rows.told(conn, ids, hours[0])
        terms, isolation = await present.terms(conn, ids, now), Isolation(self.watch.faults)
        profiles, found = await present.profiles(conn, ids), list[Crossed]()
        for account, profile in profiles.items():
            bought = terms[account].subscription
            if bought is None:
                continue
            sold = await self.watch.catalogs.version(conn, bought.catalog_version)
            with isolation.of(account, "thresholds"):
                found += rates.crossed(
                    profile,
                    terms[account],
                    Selling(applied.catalog, sold),
                    samples.get(account, ()),
                    told.get(account, {}),
                    now,
                )
        isolation.check()
        return await self._tell(conn, found, present, now)

    async def _tell(
        self, conn: AsyncConnection, found: Sequence[Crossed], present: Present, now: datetime
    ) -> Outcome:
        outcome = Outcome()
        fresh = await alert_rows.insert(conn, [_row(one) for one in found], now)
        new = [one for one in found if one.alert in fresh]
        occasions = [one.occasion for one in new]
        watch = self.watch
        verdicts = await rulings.judged(conn, watch.judgement, occasions, present, now, watch.log)
        await alert_rows.insert_decisions(conn, [one.decision for one in verdicts])
        for one, verdict in zip(new, verdicts, strict=True):
            account = one.occasion.reading.account.id
            await due.schedule(conn, account, f"{OVER}:{one.alert}", one.ends_at)
            for message in verdict.messages:
                outcome.send(message)
        outcome.raised = [(one.sample.meter, one.threshold.key) for one in new]
        return outcome

    async def _over(self, conn: AsyncConnection, taken: Sequence[Due], now: datetime) -> Outcome:
        """The hour has ended."""
        ids = [one.purpose.partition(":")[2] for one in taken]
        return await _end(conn, await rate_rows.open_of(conn, ids), "reset", now)


def _row(one: Crossed) -> Alert:
    return Alert(
        id=one.alert,
        account=one.occasion.reading.account.id,
        meter=one.sample.meter,
        period_start=one.period_start,
        threshold=one.threshold.key,
        epoch=iso(one.sample.hour),
        state="open",
        again=False,
        used=one.sample.used,
        limit=None,
        percent=None,
        decision=one.occasion.decision,
    )
