"""What time brings: blocks and reasons that end, renewals, daily looks at meters, and the question
after an upgrade.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.dossier.dossier import Loaded
from services.trigger.dossier.loader import PART, Loader
from services.trigger.judgement.facts.facts import Signal, Usage
from services.trigger.judgement.findings import signals, timing
from services.trigger.judgement.findings.reasons import Reason
from services.trigger.opportunities import judged_tasks, movements
from services.trigger.opportunities.judged_tasks import Said
from services.trigger.outcome import Outcome
from services.trigger.process.stages import EARLY
from services.trigger.process.tasks.places import Place
from services.trigger.proposals import expiry, ledger, person_first, renewals, satisfaction
from services.trigger.proposals.renewals import DAILY, RENEWAL
from services.trigger.proposals.results import DAY, LOOK, Left, again, waiting
from services.trigger.purposes import Purpose
from services.trigger.tables import attention, due
from services.trigger.tables import judgements as state_rows
from services.trigger.tables.due import Due
from shared.clock.test_faults import TestFaults
from shared.loop.isolation import Isolation
from shared.messages import Message
from shared.values.identity import identity

SCHEDULE = "schedule"
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Reviews:
    """Runs under the locks of the accounts whose timers are due."""

    loader: Loader
    faults: TestFaults

    @property
    def purposes(self) -> Sequence[Purpose]:
        return (
            Purpose(LOOK, self.look_again),
            Purpose(expiry.EASE, self.ease),
            Purpose(RENEWAL, self.renew),
            Purpose(DAILY, self.look_daily),
            Purpose(satisfaction.SATISFACTION, self.ask_satisfaction),
            Purpose(person_first.PERSON_FIRST, self.offer_after_all),
            Purpose(judged_tasks.PAST, self.left_behind),
        )

    async def ease(self, conn: AsyncConnection, found: Sequence[Due], now: datetime) -> Outcome:
        """A reason may have expired: tasks that list it are sent again without it."""
        isolation, said, places = Isolation(self.faults), list[Message](), dict[str, Place]()
        known = await self.loader.load(
            conn, {one.account for one in found}, now, isolation=isolation
        )
        told, ends = list[tuple[str, tuple[Reason, ...]]](), dict[str, datetime]()
        for account, loaded in known.items():
            with isolation.of(account, PART):
                for opportunity, left, message in expiry.eased(loaded, now):
                    told.append((opportunity.id, left))
                    said.append(message)
                    places |= expiry.places(opportunity, message)
                if (at := expiry.ends(loaded, now)) is not None:
                    ends[account] = at
        isolation.check()
        for opportunity_id, left in told:
            await state_rows.tell(conn, opportunity_id, left)
        await due.bring_forward(conn, expiry.EASE, ends)
        return await judged_tasks.send(conn, Said(said, places), now)

    async def look_again(
        self, conn: AsyncConnection, found: Sequence[Due], now: datetime
    ) -> Outcome:
        """A block may have expired: decides again about what still waits.

        If nothing waits any more, that is recorded.
        """
        isolation, left = Isolation(self.faults), Left()
        known = await self.loader.load(
            conn, {one.account for one in found}, now, isolation=isolation
        )
        for one in found:
            if one.account not in known:
                continue
            with isolation.of(one.account, PART):
                decision, over = (
                    identity("decision", SCHEDULE, one.account, one.at.isoformat()),
                    not waiting(known[one.account], (), now),
                )
                known[one.account] = again(
                    known[one.account], SCHEDULE, (), now, left, decision, tells=over
                )
        isolation.check()
        return await ledger.finish(conn, left, now)

    async def people_changed(
        self, conn: AsyncConnection, accounts: Collection[str], now: datetime
    ) -> Outcome:
        """There may be a buyer where there was none: decides again about what waits."""
        isolation, left = Isolation(), Left()
        for account, loaded in (
            await self.loader.load(conn, accounts, now, isolation=isolation)
        ).items():
            if loaded.pending:
                with isolation.of(account, PART):
                    again(
                        loaded,
                        SCHEDULE,
                        (),
                        now,
                        left,
                        identity("decision", "people", account, now.isoformat()),
                        tells=False,
                    )
        isolation.check()
        return await ledger.finish(conn, left, now)

    async def renew(self, conn: AsyncConnection, found: Sequence[Due], now: datetime) -> Outcome:
        """Runs one month before the renewal (R-041); a missed day fires once and is `late`."""
        isolation, left = Isolation(self.faults), Left()
        known = await self.loader.load(
            conn, {one.account for one in found}, now, isolation=isolation
        )
        made = await state_rows.decided(conn, [renewals.decision_of(one) for one in found])
        for one in found:
            loaded = known.get(one.account)
            if loaded is None or loaded.facts.subscription is None:
                continue
            with isolation.of(one.account, PART):
                renewal = date.fromisoformat(one.payload["renewal_date"])
                raised = Signal(
                    "renewal", now, "", _day_after(renewal, loaded), {"renewal_date": renewal}
                )
                late = timing.is_late(one.at, now, loaded.facts.account)
                decision = renewals.decision_of(one)
                if decision not in made and now < _day_after(renewal, loaded):
                    known[one.account] = again(
                        loaded, RENEWAL, (raised,), now, left, decision, tells=True, late=late
                    )
                await renewals.plan(conn, known[one.account], now, after=renewal)
        isolation.check()
        return await ledger.finish(conn, left, now)

    async def look_daily(
        self, conn: AsyncConnection, found: Sequence[Due], now: datetime
    ) -> Outcome:
        """Limits that are reached repeatedly, and limits on their way (R-026, R-027)."""
        isolation, left = Isolation(self.faults), Left()
        known = await self.loader.load(
            conn, {one.account for one in found}, now, isolation=isolation
        )
        near = {key: one for key, one in known.items() if _is_on_its_way(one, now)}
        known |= await self.loader.add_days(conn, near, now, isolation=isolation)
        for one in found:
            loaded = known.get(one.account)
            if loaded is None or loaded.facts.subscription is None:
                continue
            with isolation.of(one.account, PART):
                raised = signals.of_usage(loaded.facts, loaded.catalog.policy, now)
                if raised:
                    decision = identity("decision", DAILY, one.account, one.at.isoformat())
                    known[one.account] = again(
                        loaded, SCHEDULE, raised, now, left, decision, tells=True
                    )
                await due.schedule(
                    conn, one.account, DAILY, timing.next_morning(loaded.facts.account, now)
                )
        isolation.check()
        outcome = await ledger.finish(conn, left, now)
        return outcome.add(await movements.heard(conn, self.loader, _by_verdict(known), now))

    async def offer_after_all(
        self, conn: AsyncConnection, found: Sequence[Due], now: datetime
    ) -> Outcome:
        """A person was asked first and did nothing in two business days (BP-07)."""
        isolation, left = Isolation(self.faults), Left()
        known = await self.loader.load(conn, due.accounts_of(found), now, isolation=isolation)
        for one in found:
            loaded = known.get(one.account)
            decision = one.payload["decision"]
            if loaded is None or await attention.acted(conn, one.account, decision):
                continue
            with isolation.of(one.account, PART):
                if raised := person_first.still(loaded, one.payload, now):
                    known[one.account] = again(
                        loaded,
                        SCHEDULE,
                        raised,
                        now,
                        left,
                        identity("decision", person_first.PERSON_FIRST, decision),
                        tells=True,
                        person_had_time=True,
                    )
        isolation.check()
        return await ledger.finish(conn, left, now)

    async def ask_satisfaction(
        self, conn: AsyncConnection, found: Sequence[Due], now: datetime
    ) -> Outcome:
        """Runs a month after an upgrade (R-035)."""
        known = await self.loader.load(conn, {one.account for one in found}, now)
        asked = list(satisfaction.checks(found, known, now))
        return await judged_tasks.send(conn, Said(asked, satisfaction.places(asked)), now)

    async def left_behind(
        self, conn: AsyncConnection, found: Sequence[Due], now: datetime
    ) -> Outcome:
        """Tasks for a renewal that is past."""
        return await judged_tasks.past(conn, [one.purpose.partition(":")[2] for one in found], now)


def _is_on_its_way(loaded: Loaded, now: datetime) -> bool:
    """Whether daily values could raise anything: a gauge in use, a counter that will not last,
    anything near its limit.
    """
    near = loaded.catalog.policy.repeat_periods.percent
    shares = ((usage, usage.percent) for usage in loaded.facts.usage.values() if usage.percent)
    return any(
        usage.period_end is None or percent >= near or _will_not_last(usage, now)
        for usage, percent in shares
    )


def _will_not_last(usage: Usage, now: datetime) -> bool:
    if usage.period_start is None or usage.period_end is None or not usage.limit:
        return False
    whole, gone = usage.period_end - usage.period_start, now - usage.period_start
    return Fraction(usage.used) * (whole // _MICROSECOND) >= Fraction(usage.limit) * (
        gone // _MICROSECOND
    )


def _day_after(day: date, loaded: Loaded) -> datetime:
    return datetime.combine(day + DAY, datetime.min.time(), loaded.facts.account.zone)


def _by_verdict(known: Mapping[str, Loaded]) -> dict[str, Collection[str]]:
    """Accounts with a deal whose stage the verdict sets: logins and use count every morning."""
    return {
        account: (movements.MORNING,)
        for account, loaded in known.items()
        if any(one.stage in EARLY for one in loaded.facts.opportunities)
    }
