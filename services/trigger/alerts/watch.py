"""`reconsider`: loads some accounts, evaluates their thresholds, stores what changed, and returns
what to send.

Used by wake-ups, by every change of a plan, limit, catalogue or account, and by the scheduler. It
uses the same few statements for one account as for thousands. The caller commits, sends
`Outcome.messages`, and counts `Outcome.raised` afterwards.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account, Terms
from services.trigger.admission import Room
from services.trigger.alerts import evaluation
from services.trigger.alerts.evaluation import Look
from services.trigger.alerts.notices import (
    Reading,
    closing,
    gated_notice,
    notice_facts,
    threshold_notice,
)
from services.trigger.alerts.occasions import GATED, USAGE, Occasion, Verdict
from services.trigger.catalog_in_force import Applied
from services.trigger.judgement.case import Crossing
from services.trigger.limits import percent
from services.trigger.opportunities import judged_tasks
from services.trigger.outcome import Outcome
from services.trigger.pace import Pace
from services.trigger.places import Held, Looks, Place
from services.trigger.proposals import rulings
from services.trigger.proposals.judge import Judge
from services.trigger.tables import alerts as alert_rows
from services.trigger.tables import due, meters
from services.trigger.tables.alerts import Alert, Change
from services.trigger.tables.catalogs import Catalogs
from services.trigger.tables.meters import Kept, Wakes
from services.trigger.tables.present import Present
from services.trigger.tables.process.tasks import Key
from shared.catalog import Policy
from shared.clock.test_faults import NO_FAULTS, TestFaults
from shared.loop.isolation import Isolation
from shared.loop.parking import FaultLog
from shared.messages import Closed as ClosedMessage
from shared.messages import ClosedAlert
from shared.values.identity import identity

FULL = "100"
"""The threshold at which nothing may sleep any more."""
PERIOD = "period"
"""The timer that evaluates an account again when a period ends or begins."""


@dataclass(slots=True)
class Said:
    """What is newly reached, with its notices, and what is over."""

    occasions: list[Occasion] = field(default_factory=list)
    closings: list[ClosedMessage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Watch:
    """Everything that evaluating accounts needs besides a transaction. `backtest`: held while one
    runs.

    `batches`: limits batches of accounts, since reading one may take a hundred megabytes.
    `writing`: held by the one writer (a batch at its `pace`, a subscription, an erasure). Otherwise
    writers would wait for each other in the database, each holding a connection, with others queued
    behind them.
    """

    catalogs: Catalogs
    judgement: Judge
    backtest: asyncio.Lock = field(default_factory=asyncio.Lock)
    batches: Room = field(default_factory=lambda: Room(at_once=2, waiting=8))
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    pace: Pace = field(default_factory=Pace)
    faults: TestFaults = NO_FAULTS
    log: FaultLog = field(default_factory=lambda: FaultLog("trigger"))

    async def reconsider(
        self,
        conn: AsyncConnection,
        looks: Looks,
        *,
        now: datetime,
        received: Mapping[tuple[str, str], datetime] | None = None,
        told_of_new: bool = True,
        present: Present | None = None,
    ) -> Outcome:
        """`received`: when the event that woke an account's meter was received, for the latency
        metric.

        `told_of_new` False: thresholds that are new to a meter are recorded silently if the policy
        says so (`evaluate_on_create`). Takes the accounts' locks and the row locks of their totals.
        Skips unknown accounts. Raises AccountsFailed for accounts whose thresholds or notices
        cannot be computed; the transaction must then be rolled back. `present`: what the
        transaction has read of these accounts under their locks.
        """
        present = present or Present(self.catalogs)
        applied = await present.in_force_locking(conn, looks) if looks else None
        if applied is None:
            return Outcome()
        isolation = Isolation(self.faults)
        held = await meters.lock(conn, looks, now)
        accounts = {place.account for place in held}
        # {}: nothing was used yet
        terms = await present.terms(conn, accounts, now)
        found = await self._look(
            conn, held, terms, applied, now, isolation, told_of_new=told_of_new
        )
        telling = [look for look in found if look.speaks]
        profiles = await present.profiles(conn, {look.place.account for look in telling})
        said = _said(telling, _readings(telling, profiles, applied, received or {}), now, isolation)
        isolation.check()  # all that may fail is computed by now, and nothing has been written
        await self._store(conn, found, now)
        return await self._tell(conn, telling, said, present, now)

    async def follow(self, conn: AsyncConnection, outcome: Outcome, now: datetime) -> None:
        """Evaluates what has changed on the way, and adds what comes of it."""
        looks, outcome.looks = outcome.looks, {}
        if looks:
            outcome.add(await self.reconsider(conn, looks, now=now, told_of_new=False))

    async def _look(
        self,
        conn: AsyncConnection,
        held: Mapping[Place, Held],
        terms: Mapping[str, Terms],
        applied: Applied,
        now: datetime,
        isolation: Isolation,
        *,
        told_of_new: bool,
    ) -> list[Look]:
        versions = {one.subscription.catalog_version for one in terms.values() if one.subscription}
        sold = {version: await self.catalogs.version(conn, version) for version in versions}
        tell_of_new = told_of_new or applied.catalog.policy.evaluate_on_create
        context = evaluation.Context(applied.catalog, sold, now, tell_of_new=tell_of_new)
        found = []
        for place, stored in held.items():
            with isolation.of(place.account, "thresholds"):
                look = evaluation.at(place, stored, terms.get(place.account), context)
                if look is not None:
                    found.append(look)
        return found

    async def _store(self, conn: AsyncConnection, found: Sequence[Look], now: datetime) -> None:
        wakes = [
            Wakes(one.place, one.result.alert_at, one.result.rearm_at)
            for one in found
            if one.wakes_differ
        ]
        kept = [
            Kept(one.place, one.held.period_end, one.kept) for one in found if one.state_differs
        ]
        await meters.store(conn, wakes, kept, due.timers(PERIOD, _earliest(found)))

    async def _tell(
        self,
        conn: AsyncConnection,
        telling: Sequence[Look],
        said: Said,
        present: Present,
        now: datetime,
    ) -> Outcome:
        outcome = Outcome()
        rows = [alert for look in telling for alert in _alerts(look)]
        fresh = await alert_rows.insert(conn, rows, now)
        dropped = await alert_rows.change(
            conn, [change for look in telling for change in _changes(look)], now
        )
        outcome.add(await self.judgement.unsent(conn, dropped, now))
        occasions = [one for one in said.occasions if _is_new(one, fresh)]
        judged = await rulings.judged(conn, self.judgement, occasions, present, now, self.log)
        verdicts = [_signed(verdict, one) for verdict, one in zip(judged, occasions, strict=True)]
        await alert_rows.insert_decisions(conn, [verdict.decision for verdict in verdicts])
        full = {one.decision for one in rows if one.id in fresh and one.threshold == FULL}
        sent = judged_tasks.Said(
            [*said.closings, *(one for verdict in verdicts for one in verdict.messages)],
            {key: place for verdict in verdicts for key, place in verdict.places.items()},
            [one for verdict in verdicts for one in verdict.ended],
            _wakes(occasions, verdicts, full),
        )
        outcome.add(await judged_tasks.send(conn, sent, now))
        cured = {
            closed.account
            for closed in said.closings
            if any(alert.state == "resolved" for alert in closed.alerts)
        }
        if cured:
            await self.judgement.eased(conn, cured, now)
        outcome.raised = [(alert.meter, alert.threshold) for alert in rows if alert.id in fresh]
        return outcome


def _wakes(
    occasions: Sequence[Occasion], verdicts: Sequence[Verdict], full: Collection[str]
) -> dict[Key, tuple[Account, Policy]]:
    """Tasks that sleep while a limit is reached. `full`: decisions about an alert of 100 %."""
    found = dict[Key, tuple[Account, Policy]]()
    for occasion, verdict in zip(occasions, verdicts, strict=True):
        if occasion.decision not in full:
            continue
        account, meter = occasion.reading.account, occasion.reading.meter.id
        by = account, occasion.reading.current.policy
        found[account.id, "usage", meter] = by
        if verdict.deal is not None and verdict.deal.opportunity is not None:
            found[account.id, verdict.deal.reason, verdict.deal.about] = by
    return found


def _said(
    telling: Sequence[Look], readings: Mapping[Place, Reading], now: datetime, isolation: Isolation
) -> Said:
    found = Said()
    for look in telling:
        reading = readings.get(look.place)
        with isolation.of(look.place.account, "notice"):
            if reading is not None:
                found.occasions += _occasions(look, reading, now)
            if look.result.closed:
                found.closings.append(_closing(look, reading, now))
    return found


def _earliest(found: Iterable[Look]) -> dict[str, datetime]:
    moments: dict[str, datetime] = {}
    for look in found:
        if look.look_at is not None:
            moments[look.place.account] = min(
                look.look_at, moments.get(look.place.account, look.look_at)
            )
    return moments


def _readings(
    telling: Iterable[Look],
    profiles: Mapping[str, Account],
    applied: Applied,
    received: Mapping[tuple[str, str], datetime],
) -> dict[Place, Reading]:
    """What messages are built from; a meter that is in no catalogue any more has none."""
    return {
        look.place: Reading(
            account=profiles[look.place.account],
            subscription=look.subscription,
            sold=look.sold,
            current=applied.catalog,
            meter=look.meter,
            allowance=look.allowance,
            used=look.used,
            period=look.period,
            received_at=received.get((look.place.account, look.place.meter)),
        )
        for look in telling
        if look.meter is not None
    }


def _alerts(look: Look) -> list[Alert]:
    if not look.result.reached:
        return []
    share, decision = percent(look.used, look.allowance.limit), _decision(look)
    return [
        Alert(
            id=look.alert_id(reached.threshold.key, reached.epoch),
            account=look.place.account,
            meter=look.place.meter,
            period_start=look.place.period_start,
            threshold=reached.threshold.key,
            epoch=look.epoch(reached.epoch),
            state=reached.standing,
            again=reached.again,
            used=look.used,
            limit=look.allowance.limit,
            percent=share,
            decision=decision,
        )
        for reached in look.result.reached
    ]


def _changes(look: Look) -> list[Change]:
    return [
        Change(look.alert_id(closed.key, closed.epoch), closed.resolution)
        for closed in look.result.closed
    ]


def _decision(look: Look) -> str:
    """All alerts of one crossing refer to one decision, named after the highest of them."""
    highest = look.result.reached[-1]
    return identity("decision", look.alert_id(highest.threshold.key, highest.epoch))


def _occasions(look: Look, reading: Reading, now: datetime) -> list[Occasion]:
    occasions = []
    if look.result.gated is not None:
        key = identity(look.place.account, look.place.meter, GATED, look.epoch(look.result.gated))
        decision = identity("decision", key)
        occasions.append(
            Occasion(
                decision,
                GATED,
                reading,
                None,
                gated_notice(reading, key, decision=decision, now=now),
            )
        )
    if look.result.reached:
        occasions.append(_crossing(look, reading, now))
    return occasions


def _crossing(look: Look, reading: Reading, now: datetime) -> Occasion:
    reached, told = look.result.reached[-1], look.result.told
    alert, decision = look.alert_id(reached.threshold.key, reached.epoch), _decision(look)
    recorded = [one.threshold.json for one in look.result.reached]
    crossing = Crossing(
        meter=look.place.meter,
        threshold=reached.threshold,
        used=look.used,
        limit=look.allowance.limit,
        percent=reading.percent,
        alert=alert,
        again=reached.again,
        evidence={"recorded": recorded},
    )
    if told is None:
        return Occasion(decision, USAGE, reading, crossing, None, look.silence)
    task = look.kept.task or alert
    notice = threshold_notice(
        reading,
        reached.threshold,
        alert,
        again=reached.again,
        decision=decision,
        task=task,
        now=now,
    )
    return Occasion(decision, USAGE, reading, crossing, notice)


def _is_new(occasion: Occasion, fresh: set[str]) -> bool:
    return occasion.crossing is None or occasion.crossing.alert in fresh


def _signed(verdict: Verdict, occasion: Occasion) -> Verdict:
    return replace(verdict, decision=replace(verdict.decision, id=occasion.decision))


def _closing(look: Look, reading: Reading | None, now: datetime) -> ClosedMessage:
    alerts = tuple(
        ClosedAlert(change.id, "resolved" if change.resolution else "superseded", change.resolution)
        for change in _changes(look)
    )
    facts = None if reading is None else notice_facts(reading, None, again=False)
    return closing(
        look.place.account, look.place.meter, alerts, cured=look.result.cured, facts=facts, now=now
    )
