"""Judgement in the trigger: loads facts, runs the pipeline, stores what follows, and returns what
to send.

Everything runs in the caller's transaction under the locks of the accounts. A withheld signal
waits; facts and timers reconsider it, and a new decision is stored only once it is no longer
withheld.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account, PlanMove, Subscription
from services.trigger.alerts.occasions import (
    Judgement,
    Occasion,
    Purpose,
    Undecided,
    Verdict,
)
from services.trigger.alerts.watch import Watch
from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Decision
from services.trigger.judgement.facts import context, facts, types
from services.trigger.judgement.facts.facts import Signal, Usage
from services.trigger.judgement.facts.record import Record
from services.trigger.judgement.findings import signals, timing
from services.trigger.judgement.findings.reasons import Reason
from services.trigger.judgement.gates.notice import notice_gates
from services.trigger.judgement.pipeline import decide
from services.trigger.judgement.question import Question
from services.trigger.outcome import Outcome
from services.trigger.present import Present
from services.trigger.proposals import account_view, effects, expiry, retraction, satisfaction
from services.trigger.proposals.account_view import Described
from services.trigger.proposals.effects import Ruling
from services.trigger.proposals.fact_sequence import Hearing
from services.trigger.proposals.loaded import Loaded, standing
from services.trigger.proposals.loader import Loader
from services.trigger.proposals.results import DAY, Left, again, waiting
from services.trigger.subscriptions import succession
from services.trigger.subscriptions.orders import Order
from services.trigger.subscriptions.plan_changes import Subscriptions, Unsold
from services.trigger.tables import accounts as account_rows
from services.trigger.tables import alerts as decision_rows
from services.trigger.tables import due
from services.trigger.tables import facts as fact_rows
from services.trigger.tables import judgements as state_rows
from services.trigger.tables import people as people_rows
from services.trigger.tables.catalogs import Catalogs
from services.trigger.tables.due import Due
from shared.clock.test_faults import NO_FAULTS, TestFaults
from shared.events import Event
from shared.loop.isolation import Failure, Isolation
from shared.telemetry.logs import log
from shared.values.faults import Fault
from shared.values.identity import identity
from shared.values.mailboxes import mailbox_of

LOOK, RENEWAL, DAILY = "judgement", "renewal", "usage_day"
"""Timers: withheld signals to reconsider, renewals a month ahead, daily looks at meters."""

PLAN_CHANGE = "plan_change"
"""Agreed lower plans: versions without `next_subscription` scheduled them here."""

SCHEDULE = "schedule"
PART = "judgement"
"""The part that operators see named if it fails."""

HALF = 50
NOTHING: Mapping[str, str] = {}
_MICROSECOND = timedelta(microseconds=1)


@dataclass
class Judging(Judgement):
    catalogs: Catalogs
    faults: TestFaults = NO_FAULTS
    facts_kept: timedelta = timedelta(days=1_100)
    """Older facts may have been pruned."""
    loader: Loader = field(init=False)

    def __post_init__(self) -> None:
        self.loader = Loader(self.catalogs)

    @property
    def purposes(self) -> Sequence[Purpose]:
        return (
            Purpose(LOOK, self.look_again),
            Purpose(expiry.EASE, self.ease),
            Purpose(RENEWAL, self.renew),
            Purpose(DAILY, self.look_daily),
            Purpose(satisfaction.SATISFACTION, self.ask_satisfaction),
            Purpose(PLAN_CHANGE, self.change_plan, changes_plans=True),
        )

    async def decide(
        self, conn: AsyncConnection, occasions: Sequence[Occasion], present: Present, now: datetime
    ) -> Sequence[Verdict | Failure]:
        accounts = {one.reading.account.id for one in occasions}
        isolation = Isolation(self.faults)
        known = await self.loader.load(conn, accounts, now, present=present, isolation=isolation)
        left, found = Left(), list[Verdict | Failure]()
        for occasion in occasions:
            account, own, verdict = occasion.reading.account.id, Left(), None
            with isolation.of(account, PART):
                ruling = self._on_usage(known[account], occasion, now)
                stands = own.rule(ruling)
                verdict = Verdict(ruling.decision, effects.messages(ruling))
            if verdict is None or account in isolation.failures:
                found.append(isolation.failures[account])
                continue
            known[account] = stands
            left.add(own)
            found.append(verdict)
        await self._write(conn, left, now)
        return found

    async def decide_again(
        self, conn: AsyncConnection, waiting: Mapping[str, Sequence[Undecided]], now: datetime
    ) -> Outcome:
        isolation, left = Isolation(self.faults), Left()
        known = await self.loader.load(conn, waiting, now, isolation=isolation)
        for account in waiting.keys() & known.keys():
            with isolation.of(account, PART):
                for one in waiting[account]:
                    ruling = self._after_all(known[account], one, now)
                    left.decisions.append(ruling.decision)
                    left.messages += effects.messages(ruling)
                    known[account] = left.rule(ruling)
        isolation.check()
        return await self._finish(conn, left, now, replacing=True)

    def _after_all(self, loaded: Loaded, one: Undecided, now: datetime) -> Ruling:
        """The notice went out long ago, so a proposal is sent separately; a limit that is no longer
        reached is no longer a reason.
        """
        crossing = one.crossing
        usage = loaded.facts.usage.get(crossing.meter) if crossing else None
        amount = (
            crossing.threshold.amount(usage.limit)
            if crossing is not None and usage is not None
            else None
        )
        still = amount is not None and usage is not None and usage.used >= amount
        raised = (
            signals.of_crossing(crossing, usage, loaded.catalog.policy, now)
            if crossing and still
            else ()
        )
        case = Case(one.cause, now, loaded.catalog, loaded.facts, crossing, raised)
        return Ruling(loaded, Question.of(case), replace(decide(case), id=one.decision))

    def _on_usage(self, loaded: Loaded, occasion: Occasion, now: datetime) -> Ruling:
        crossing = occasion.crossing if occasion.notice is not None else None
        usage = loaded.facts.usage.get(crossing.meter) if crossing else None
        raised = (
            signals.of_crossing(crossing, usage, loaded.catalog.policy, now) if crossing else ()
        )
        case = Case(occasion.cause, now, loaded.catalog, loaded.facts, crossing, raised)
        decision = _with_notice(decide(case), occasion)
        if decision.sells and (still := waiting(loaded, raised, now)):
            case = replace(case, signals=(*raised, *still))
            decision = _with_notice(decide(case), occasion)
        return Ruling(
            loaded, Question.of(case), replace(decision, id=occasion.decision), occasion.notice
        )

    async def refuse(
        self, conn: AsyncConnection, facts: Sequence[Event], now: datetime
    ) -> list[list[Fault]]:
        known = await self.loader.known(conn, {fact.subject for fact in facts}, now)
        return [_faults(fact, known.get(fact.subject), now) for fact in facts]

    async def heard(
        self, conn: AsyncConnection, facts: Sequence[Event]
    ) -> set[tuple[str, str, str]]:
        return await fact_rows.known(conn, facts)

    async def take(self, conn: AsyncConnection, facts: Sequence[Event], now: datetime) -> Outcome:
        fresh = await fact_rows.insert(conn, facts, now)
        isolation = Isolation(self.faults)
        known = (
            await self.loader.load(conn, {fact.subject for fact in fresh}, now, isolation=isolation)
            if fresh
            else {}
        )
        left, records = Left(), {}
        for account, events in _by_account(fresh).items():
            if account in known:
                with isolation.of(account, PART):
                    records[account] = await self._hear(
                        conn, Hearing(known[account], now, left), events
                    )
        isolation.check()
        await fact_rows.keep(conn, records)
        return await self._finish(conn, left, now)

    async def _hear(
        self, conn: AsyncConnection, hearing: Hearing, events: Sequence[Event]
    ) -> Record:
        """Takes the facts of one account, and what they raise or clear."""
        for event in events:
            data = types.read(event.type, event.data or {})
            await _answers(conn, event, data, hearing.loaded.profile)
            if event.type == "contract.signed":
                await state_rows.close_signal(conn, event.subject, "pre_purchase")
                await self.eased(conn, [event.subject], hearing.now)
            hearing.hear(event, data)
        return hearing.end()

    async def take_back(
        self, conn: AsyncConnection, account: str, fact: int, by: str, now: datetime
    ) -> bool:
        """Under the account's lock: takes back one fact and derives its consequences again. False
        if there is no such fact.

        What was sent, bought or answered because of it stays. The new decision is left to the
        timer, so that even a fact that makes deciding fail can be taken back.
        """
        taken = await fact_rows.take_back(conn, account, fact, by, now)
        if taken is None:
            return await fact_rows.is_taken_back(conn, account, fact)
        before = (await self.loader.load(conn, [account], now))[account]
        others = await fact_rows.stored(conn, account)
        contacts = [contact.id for contact in before.facts.account.contacts]
        record = await asyncio.to_thread(
            retraction.remembered, others, before.facts.account.zone, contacts
        )
        record = retraction.with_pruned(
            record, before.facts.record, others, taken, now - self.facts_kept
        )
        await fact_rows.keep(conn, {account: record})
        await people_rows.take_back(conn, account, taken.key)
        without = replace(before, facts=replace(before.facts, record=record))
        if (signal := retraction.signal_of(taken)) is not None:
            await state_rows.replace_signal(
                conn, account, *signal, retraction.raised_again(without, taken, others, now)
            )
        await due.schedule(conn, account, LOOK, now)
        await self.eased(conn, [account], now)
        return True

    async def eased(self, conn: AsyncConnection, accounts: Collection[str], now: datetime) -> None:
        for account in await state_rows.with_tasks(conn, accounts):
            await due.schedule(conn, account, expiry.EASE, now)

    async def ease(self, conn: AsyncConnection, found: Sequence[Due], now: datetime) -> Outcome:
        """A reason may have expired: tasks that list it are sent again without it."""
        isolation, outcome = Isolation(self.faults), Outcome()
        known = await self.loader.load(
            conn, {one.account for one in found}, now, isolation=isolation
        )
        told, ends = list[tuple[str, tuple[Reason, ...]]](), dict[str, datetime]()
        for account, loaded in known.items():
            with isolation.of(account, PART):
                for opportunity, left, message in expiry.eased(loaded, now):
                    told.append((opportunity.id, left))
                    outcome.send(message)
                if (at := expiry.ends(loaded, now)) is not None:
                    ends[account] = at
        isolation.check()
        for opportunity_id, left in told:
            await state_rows.tell(conn, opportunity_id, left)
        await due.bring_forward(conn, expiry.EASE, ends)
        return outcome

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
        return await self._finish(conn, left, now)

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
        return await self._finish(conn, left, now)

    async def renew(self, conn: AsyncConnection, found: Sequence[Due], now: datetime) -> Outcome:
        """Runs one month before the renewal (R-041); a missed day fires once and is `late`."""
        isolation, left = Isolation(self.faults), Left()
        known = await self.loader.load(
            conn, {one.account for one in found}, now, isolation=isolation
        )
        made = await state_rows.decided(conn, [_renewal_decision(one) for one in found])
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
                decision = _renewal_decision(one)
                if decision not in made and now < _day_after(renewal, loaded):
                    known[one.account] = again(
                        loaded, RENEWAL, (raised,), now, left, decision, tells=True, late=late
                    )
                await self._plan_renewal(conn, known[one.account], now, after=renewal)
        isolation.check()
        return await self._finish(conn, left, now)

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
        return await self._finish(conn, left, now)

    async def ask_satisfaction(
        self, conn: AsyncConnection, found: Sequence[Due], now: datetime
    ) -> Outcome:
        """Runs a month after an upgrade (R-035)."""
        known, outcome = (
            await self.loader.load(conn, {one.account for one in found}, now),
            Outcome(),
        )
        for message in satisfaction.checks(found, known, now):
            outcome.send(message)
        return outcome

    async def change_plan(
        self, conn: AsyncConnection, found: Sequence[Due], now: datetime
    ) -> Outcome:
        """Only if they are still on the plan from which it was agreed."""
        outcome, subscriptions = Outcome(), Subscriptions(Watch(self.catalogs, self))
        terms = await account_rows.terms_of(conn, {one.account for one in found}, now)
        applied = await self.catalogs.in_force(conn)
        for one in found:
            running = terms[one.account].running(now) if one.account in terms else None
            if running is None or applied is None or running.plan != one.payload["from"]:
                continue
            moved = succession.moved_to(
                running, one.payload["plan"], applied.version, applied.catalog
            )
            done = await subscriptions.put(conn, one.account, Order.of(moved), now=now)
            if isinstance(done, Unsold):
                log.error("plan_change_not_sold", faults=[fault.reason for fault in done.faults])
            else:
                outcome.add(done)
        return outcome

    async def subscribed(
        self, conn: AsyncConnection, moves: Sequence[PlanMove], now: datetime
    ) -> Outcome:
        for move in moves:
            if move.after is None:
                await self._unsubscribed(conn, move.account, now)
        await fact_rows.begin_contracts(
            conn,
            {
                one.account: one.after.started_at
                for one in moves
                if one.after and one.before is None
            },
        )
        for move in moves:
            if move.before and move.after and move.changes_plan:
                await fact_rows.keep_contract(conn, move.account, move.before.started_at)
                await state_rows.close_opportunities(conn, move.account, move.after.plan, now)
                await state_rows.close_signals(conn, move.account, now)
            elif move.before and move.after and (more := _added(move.before, move.after)):
                await state_rows.win_add_ons(conn, move.account, more, now)
        await self._plan_satisfaction(conn, [one for one in moves if one.changes_plan], now)
        await self._plan_ahead(conn, {one.account: one.after for one in moves if one.after}, now)
        return Outcome()

    async def _plan_satisfaction(
        self, conn: AsyncConnection, moves: Sequence[PlanMove], now: datetime
    ) -> None:
        known = await self.loader.load(conn, [one.account for one in moves], now)
        for move in moves:
            if move.account in known and move.before and move.after:
                at = succession.moment_of(move.after, now)
                await satisfaction.plan(
                    conn, move.account, move.before, move.after, known[move.account].catalog, at
                )

    async def _unsubscribed(self, conn: AsyncConnection, account: str, now: datetime) -> None:
        await state_rows.close_opportunities(conn, account, None, now)
        await state_rows.close_signals(conn, account, now)
        for purpose in (RENEWAL, DAILY, LOOK, satisfaction.SATISFACTION):
            await due.cancel(conn, account, purpose)

    async def _plan_ahead(
        self, conn: AsyncConnection, running: Mapping[str, Subscription], now: datetime
    ) -> None:
        """Schedules the next looks: before the renewal, and in the morning.

        Reads nothing that judgement stores.
        """
        isolation, renewals, mornings = Isolation(), {}, {}
        for account, profile in (
            (await account_rows.profiles(conn, running)).items() if running else ()
        ):
            with isolation.of(account, PART):
                people, subscription = standing(profile, running[account], now)
                at, renewal = _next_renewal(people, subscription, now)
                mornings[account] = timing.next_morning(people, now), NOTHING
                renewals[account] = at, {"renewal_date": renewal.isoformat()}
        isolation.check()
        await due.schedule_each(conn, RENEWAL, renewals)
        await due.schedule_each(conn, DAILY, mornings)

    async def described(
        self, conn: AsyncConnection, account: Account, now: datetime
    ) -> Described | None:
        loaded = (await self.loader.load(conn, [account.id], now, daily=True)).get(account.id)
        if loaded is None:
            return None
        since = await state_rows.suppressed_since(conn, account.id)
        history = await state_rows.history(conn, account.id)
        return account_view.described(loaded, since, history, now)

    async def _plan_renewal(
        self, conn: AsyncConnection, loaded: Loaded, now: datetime, after: date
    ) -> None:
        assert loaded.facts.subscription is not None
        at, renewal = _next_renewal(loaded.facts.account, loaded.facts.subscription, now, after)
        await due.schedule(
            conn, loaded.facts.account.id, RENEWAL, at, {"renewal_date": renewal.isoformat()}
        )

    async def _write(self, conn: AsyncConnection, left: Left, now: datetime) -> None:
        await state_rows.write(conn, left.changes, now)
        await due.bring_forward(conn, LOOK, left.looks)
        await due.bring_forward(conn, expiry.EASE, left.eases)
        for account in sorted(left.settled - left.looks.keys()):
            await due.cancel(conn, account, LOOK)

    async def _finish(
        self, conn: AsyncConnection, left: Left, now: datetime, *, replacing: bool = False
    ) -> Outcome:
        await decision_rows.insert_decisions(conn, left.decisions, replacing=replacing)
        await self._write(conn, left, now)
        outcome = Outcome(let_go=left.let_go)
        for message in left.messages:
            outcome.send(message)
        return outcome


def _added(before: Subscription, after: Subscription) -> list[str]:
    """The add-ons and units of which they bought more."""
    return [key for key, count in after.add_ons.items() if count > before.add_ons.get(key, 0)]


def _by_account(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.subject, []).append(event)
    return found


def _next_renewal(
    people: facts.Account,
    subscription: facts.Subscription,
    now: datetime,
    after: date | None = None,
) -> tuple[datetime, date]:
    """When it is prepared, and its date.

    A date missed before the account was known counts only if it was agreed explicitly.
    """
    renewal = timing.renewal_date(subscription, people, now)
    at = timing.renewal_due(renewal, people)
    missed = timing.is_late(at, now, people) and (
        after is not None or subscription.renewal_date is None
    )
    if missed or renewal == after:
        renewal = timing.year_after(renewal)
        at = timing.renewal_due(renewal, people)
    return at, renewal


def _renewal_decision(one: Due) -> str:
    """One review per renewal, however often its subscription is stated again."""
    return identity("decision", RENEWAL, one.account, one.payload["renewal_date"])


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


def judging_of(watch: Watch) -> Judging:
    """The trigger's judgement, if it is the one that proposes, not the one that only notices."""
    assert isinstance(watch.judgement, Judging)
    return watch.judgement


def _with_notice(decision: Decision, occasion: Occasion) -> Decision:
    """Replaces the first three gates by those of the crossing; a notice without a crossing
    (`feature.gated`) still is a notice.
    """
    first = notice_gates(occasion.reached)
    outcome = (
        "notice" if decision.outcome == "none" and occasion.notice is not None else decision.outcome
    )
    return replace(decision, gates=(*first, *decision.gates[len(first) :]), outcome=outcome)


def _faults(fact: Event, known: context.Known | None, now: datetime) -> list[Fault]:
    if not isinstance(fact.data, Mapping) and not (
        fact.data is None
        and fact.type in ("cancel.intent", "subscription.renewed", "subscription.cancelled")
    ):
        return [Fault("/data", "field: data must be an object")]
    try:
        data = types.read(fact.type, fact.data or {})
        if known is not None:
            context.check(fact.type, data, fact.time, known, now)
    except types.BadFact as error:
        return [Fault(fault.path, f"field: {fault.reason}") for fault in error.faults]
    return []


async def _answers(conn: AsyncConnection, event: Event, data: types.Data, profile: Account) -> None:
    """Applies what a fact says about a proposal that was sent."""
    if isinstance(data, types.Answered):
        await state_rows.answer(conn, event.subject, data.contact, data.answer)
    elif isinstance(data, types.ContactChoice):
        await state_rows.unsubscribed(conn, event.subject, data.contact)
        address = next((one.email for one in profile.contacts if one.id == data.contact), None)
        await people_rows.refuse(
            conn,
            event.subject,
            f"{event.source} {event.id}",
            data.contact,
            mailbox_of(address),
            event.time,
        )


def _day_after(day: date, loaded: Loaded) -> datetime:
    return datetime.combine(day + DAY, datetime.min.time(), loaded.facts.account.zone)
