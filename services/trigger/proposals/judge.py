"""Judgement in the trigger: loads facts, runs the pipeline, stores what follows, and returns what
to send.

Everything runs in the caller's transaction under the locks of the accounts. A withheld signal
waits; facts and timers reconsider it, and a new decision is stored only once it is no longer
withheld.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account, PlanMove
from services.trigger.alerts.occasions import Occasion, Undecided, Verdict
from services.trigger.dossier.loader import PART, Loader
from services.trigger.opportunities import movements, staff_changes, task_timers, trials
from services.trigger.opportunities.logs import Logs
from services.trigger.outcome import Outcome
from services.trigger.process.deals import patience
from services.trigger.process.handoff import course as handoffs
from services.trigger.process.tasks import patience as task_patience
from services.trigger.process.trials import course
from services.trigger.proposals import account_view, crossings, ledger, plan_moves
from services.trigger.proposals.account_view import Described
from services.trigger.proposals.effects.basis import deal_of
from services.trigger.proposals.effects.messages import messages, places
from services.trigger.proposals.hearings import Hearings
from services.trigger.proposals.results import Left
from services.trigger.proposals.reviews import Reviews
from services.trigger.purposes import Purpose
from services.trigger.tables import facts as fact_rows
from services.trigger.tables import judgements as state_rows
from services.trigger.tables.catalogs import Catalogs
from services.trigger.tables.due import Due
from services.trigger.tables.present import Present
from shared.clock.test_faults import NO_FAULTS, TestFaults
from shared.events import Event
from shared.loop.isolation import Failure, Isolation
from shared.messages import Tell
from shared.values.faults import Fault


@dataclass
class Judge:
    """What follows besides the notice. `facts_kept`: older facts may have been pruned."""

    catalogs: Catalogs
    faults: TestFaults = NO_FAULTS
    facts_kept: timedelta = timedelta(days=1_100)
    loader: Loader = field(init=False)
    hearings: Hearings = field(init=False)
    reviews: Reviews = field(init=False)

    def __post_init__(self) -> None:
        self.loader = Loader(self.catalogs)
        self.hearings = Hearings(self.loader, self.faults, self.facts_kept)
        self.reviews = Reviews(self.loader, self.faults)

    @property
    def purposes(self) -> Sequence[Purpose]:
        """The timers it uses (services/trigger/tables/due.py)."""
        waits = (*patience.NAMES, *handoffs.TIMERS)
        deals = (
            *(Purpose(name, self.deals_waited) for name in waits),
            Purpose(handoffs.RAISED, self.deals_raised),
        )
        starts_or_ends = (
            Purpose(name, self.trials_passed) for name in (course.STARTS, course.ENDS)
        )
        works = (Purpose(name, self.tasks_waited) for name in task_patience.PURPOSES)
        ends_soon = Purpose(course.ENDING, self.trials_ending)
        return (*self.reviews.purposes, *deals, *starts_or_ends, ends_soon, *works)

    async def trials_passed(
        self, conn: AsyncConnection, found: Sequence[Due], now: datetime
    ) -> Outcome:
        """Trials that start or end by the clock."""
        return await trials.passed(conn, self.loader, found, now)

    async def trials_ending(
        self, conn: AsyncConnection, found: Sequence[Due], now: datetime
    ) -> Outcome:
        """Trials that will soon be over."""
        return await trials.ending(conn, self.loader, found, now)

    async def trials_cut_short(
        self,
        conn: AsyncConnection,
        moves: Sequence[PlanMove],
        now: datetime,
        present: Present | None = None,
    ) -> Outcome:
        """Trials of accounts that bought more, or left; before their limits are evaluated."""
        return await trials.cut_short(
            conn, self.loader, moves, now, present or Present(self.catalogs)
        )

    async def tasks_waited(
        self, conn: AsyncConnection, found: Sequence[Due], now: datetime
    ) -> Outcome:
        """Tasks that wake, and tasks that are overdue."""
        return await task_timers.waited(conn, self.loader, found, now)

    async def deals_waited(
        self, conn: AsyncConnection, found: Sequence[Due], now: datetime
    ) -> Outcome:
        """Deals that nobody has answered for long enough."""
        return await movements.waited(conn, self.loader, found, now)

    async def deals_raised(
        self, conn: AsyncConnection, found: Sequence[Due], now: datetime
    ) -> Outcome:
        """Deals that grew beyond their CSM."""
        return await movements.raised(conn, self.loader, found, now)

    async def decide(
        self, conn: AsyncConnection, occasions: Sequence[Occasion], present: Present, now: datetime
    ) -> Sequence[Verdict | Failure]:
        """One verdict per occasion, in order; a failure leaves nothing behind.

        `present`: what the transaction has read of their accounts, which may be thousands.
        """
        accounts = {one.reading.account.id for one in occasions}
        isolation = Isolation(self.faults)
        known = await self.loader.load(conn, accounts, now, present=present, isolation=isolation)
        left, found = Left(), list[Verdict | Failure]()
        for occasion in occasions:
            account, own, verdict = occasion.reading.account.id, Left(), None
            with isolation.of(account, PART):
                ruling = crossings.on_usage(known[account], occasion, now)
                stands = own.rule(ruling)
                verdict = Verdict(
                    ruling.decision,
                    messages(ruling),
                    places(ruling),
                    deal_of(ruling),
                    ledger.cleared(own.changes),
                )
            if verdict is None or account in isolation.failures:
                found.append(isolation.failures[account])
                continue
            known[account] = stands
            left.add(own)
            found.append(verdict)
        return with_told(found, await ledger.write(conn, left, now))

    async def decide_again(
        self, conn: AsyncConnection, waiting: Mapping[str, Sequence[Undecided]], now: datetime
    ) -> Outcome:
        """Makes the decisions that failed, by account, and replaces them."""
        isolation, left = Isolation(self.faults), Left()
        known = await self.loader.load(conn, waiting, now, isolation=isolation)
        for account in waiting.keys() & known.keys():
            with isolation.of(account, PART):
                for one in waiting[account]:
                    ruling = crossings.after_all(known[account], one, now)
                    left.decisions.append(ruling.decision)
                    left.tell(ruling)
                    known[account] = left.rule(ruling)
        isolation.check()
        return await ledger.finish(conn, left, now, replacing=True)

    async def refuse(
        self,
        conn: AsyncConnection,
        facts: Sequence[Event],
        now: datetime,
        present: Present | None = None,
    ) -> list[list[Fault]]:
        """The faults of each account fact, with JSON pointers into the event; an empty list if
        there are none. Their accounts are known.
        """
        return await self.hearings.refuse(conn, facts, now, present)

    async def heard(
        self, conn: AsyncConnection, facts: Sequence[Event]
    ) -> set[tuple[str, str, str]]:
        """(account, source, id) of the facts that were already taken."""
        return await fact_rows.known(conn, facts)

    async def take(
        self,
        conn: AsyncConnection,
        facts: Sequence[Event],
        now: datetime,
        present: Present | None = None,
    ) -> Outcome:
        """Facts that passed `refuse`, including subscription changes, which have already been
        applied. Each identity counts only once.
        """
        return await self.hearings.take(conn, facts, now, present)

    async def take_back(
        self, conn: AsyncConnection, account: str, fact: int, by: str, now: datetime
    ) -> bool:
        """Takes back one fact; False if there is no such fact."""
        return await self.hearings.take_back(conn, account, fact, by, now)

    async def unsent(
        self, conn: AsyncConnection, withdrawn: Mapping[str, Collection[str]], now: datetime
    ) -> Outcome:
        """By deal, proposals that wait for their hour and go to nobody, because an alert ended."""
        return await movements.unsent(conn, withdrawn, now) if withdrawn else Outcome()

    async def eased(self, conn: AsyncConnection, accounts: Collection[str], now: datetime) -> None:
        """A possible reason to act is gone, because an alert was cured."""
        await ledger.look_at_tasks(conn, accounts, now)

    async def people_changed(
        self, conn: AsyncConnection, accounts: Collection[str], now: datetime
    ) -> Outcome:
        """The master data of known accounts changed: contacts, CSM or country."""
        return await self.reviews.people_changed(conn, accounts, now)

    async def staff_changed(
        self,
        conn: AsyncConnection,
        before: Mapping[str, Account],
        after: Collection[Account],
        now: datetime,
    ) -> Outcome:
        """Accounts were stored, perhaps with another CSM or seller."""
        return await staff_changes.csm_changed(conn, Logs(self.loader), before, after, now)

    async def subscribed(
        self,
        conn: AsyncConnection,
        moves: Sequence[PlanMove],
        now: datetime,
        present: Present | None = None,
    ) -> Outcome:
        """Subscriptions began, changed or ended, one per account.

        Their thresholds have already been evaluated.
        """
        return await plan_moves.subscribed(
            conn, self.loader, moves, now, present or Present(self.catalogs)
        )

    async def described(
        self,
        conn: AsyncConnection,
        account: Account,
        now: datetime,
        present: Present | None = None,
    ) -> Described:
        """What `GET /v1/accounts/{id}` adds to master data."""
        loaded = (await self.loader.load(conn, [account.id], now, daily=True, present=present))[
            account.id
        ]
        since = await state_rows.suppressed_since(conn, account.id)
        history = await state_rows.history(conn, account.id)
        return account_view.described(loaded, since, history, now)


def with_told(
    found: Sequence[Verdict | Failure], told: Sequence[Tell]
) -> Sequence[Verdict | Failure]:
    """What is told of deals goes with the last verdict on their account."""
    if not told:
        return found
    own = defaultdict[str, list[Tell]](list)
    for one in told:
        own[one.account].append(one)
    last = {one.decision.account: n for n, one in enumerate(found) if isinstance(one, Verdict)}
    return [
        replace(one, messages=(*one.messages, *own[one.decision.account]))
        if isinstance(one, Verdict) and last[one.decision.account] == n
        else one
        for n, one in enumerate(found)
    ]
