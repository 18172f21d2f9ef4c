"""Replays one account through the window: crossings, facts, renewals and waiting signals in order
of time, each decided by the real pipeline. Pure.

Facts count from when they were received; history counts from when it happened and raises nothing.
What the replay proposes is remembered as in production: caps, cool-downs and open opportunities
follow from the replay, not from what was sent. Opportunities opened before the window are unknown
to it.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count

from services.trigger.backtest.mornings import Forecasts
from services.trigger.backtest.rows import Row
from services.trigger.backtest.walk import Found
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.case import Case, Crossing
from services.trigger.judgement.decision import Decision
from services.trigger.judgement.facts import intake
from services.trigger.judgement.facts.facts import Move, Signal
from services.trigger.judgement.facts.types import QUIET
from services.trigger.judgement.findings import signals, timing
from services.trigger.judgement.pipeline import GATES, decide
from services.trigger.judgement.question import Question
from services.trigger.limits import percent
from services.trigger.proposals.effects.basis import Ruling
from services.trigger.proposals.effects.rows import after, look_again_at
from services.trigger.proposals.results import waiting
from shared.catalog import Catalog

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact as stated, and when it was received."""

    fact: intake.Fact
    raw: Mapping[str, object]
    received_at: datetime

    @property
    def is_history(self) -> bool:
        return signals.is_history(self.fact.at, self.received_at)

    @property
    def at(self) -> datetime:
        return self.fact.at if self.is_history else self.received_at


@dataclass(frozen=True, slots=True)
class Sold:
    """A change of plan in the window; `plan` None: the subscription ended."""

    at: datetime
    plan: str | None


@dataclass(frozen=True, slots=True)
class _Look:
    due: datetime


@dataclass(frozen=True, slots=True)
class _Renewal:
    day: date


@dataclass(frozen=True, slots=True)
class _Morning:
    """`may`: signals, with their meters, that the daily look may raise."""

    may: Sequence[tuple[str, str]]


_Event = Found | Heard | Sold | _Look | _Renewal | _Morning


@dataclass(frozen=True, slots=True)
class Past:
    """One account's input.

    `start`: its state at the window's start, without facts, on `plan`; `catalog_of`: a plan's
    catalogue.
    """

    start: Loaded
    catalog_of: Callable[[str], Catalog]
    plan: str | None
    sold: Sequence[Sold]
    moves: Sequence[Move]
    facts: Sequence[Heard]
    found: Sequence[Found]
    forecasts: Forecasts
    since: datetime
    until: datetime


def replay(past: Past) -> list[Row]:
    return _Replay(past).run()


@dataclass
class _Replay:
    past: Past
    rows: list[Row] = field(default_factory=list)
    due: datetime | None = None
    blocked: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.loaded = self.past.start
        self.now = self.past.since
        self.queue: list[tuple[datetime, int, int, _Event]] = []
        self.numbers = count()
        self.subscription = self.past.start.facts.subscription
        self._plan(self.past.plan)

    def run(self) -> list[Row]:
        past = self.past
        early = [heard for heard in past.facts if heard.at <= past.since]
        record = intake.grown(self.loaded.facts.record, (heard.fact for heard in early))
        self.loaded = replace(self.loaded, facts=replace(self.loaded.facts, record=record))
        known: tuple[Found | Heard | Sold, ...] = (*past.found, *past.facts, *past.sold)
        for event in known:
            if event.at > past.since:
                self._push(event.at, event)
        for at, may in past.forecasts.mornings(self.loaded.catalog.policy):
            self._push(at, _Morning(may))
        self._plan_renewal()
        while self.queue and self.queue[0][0] <= past.until:
            self.now, _, _, happening = heapq.heappop(self.queue)
            self._meet(happening)
        return self.rows

    def _push(self, at: datetime, event: _Event) -> None:
        """Order at one moment: usage under the old plan, the change, what the new plan leads to."""
        rank = (
            1
            if isinstance(event, Sold)
            else 2
            if isinstance(event, Found) and event.by_change
            else 0
        )
        heapq.heappush(self.queue, (at, rank, next(self.numbers), event))

    def _meet(self, event: _Event) -> None:
        match event:
            case Found():
                self._found(event)
            case Heard():
                self._hear(event)
            case Sold():
                self._sell(event)
            case _Renewal():
                self._renew(event.day)
            case _Morning():
                self._daily(event.may)
            case _Look() if event.due == self.due:
                self.due = None
                self._again("schedule", ())

    # ---- events

    def _found(self, found: Found) -> None:
        if found.result.closed:
            self._forget_limit(found)
        crossing, reached = _crossing(found), found.result.reached
        if crossing is None and found.result.gated is None:
            return
        self._refresh(found)
        facts, policy = self.loaded.facts, self.loaded.catalog.policy
        raised = (
            signals.of_crossing(crossing, facts.usage.get(found.meter), policy, self.now)
            if crossing
            else ()
        )
        case = Case(
            "usage.threshold" if crossing else "feature.gated",
            self.now,
            self.loaded.catalog,
            facts,
            crossing,
            raised,
        )
        decision = decide(case)
        if decision.sells and (still := self._waiting(raised)):
            case = replace(case, signals=(*raised, *still))
            decision = decide(case)
        self._rule(case, decision)
        outcome = "notice" if decision.outcome == "none" else decision.outcome
        key = reached[-1].threshold.key if crossing else None
        also = tuple(one.threshold.key for one in reached[:-1]) if crossing else ()
        kind = "usage.threshold" if crossing else "feature.gated"
        self.rows.append(Row(decision.account, found.meter, key, kind, self.now, outcome, also))

    def _hear(self, heard: Heard) -> None:
        facts = self.loaded.facts
        facts = replace(facts, record=intake.grow(facts.record, heard.fact))
        self.loaded = replace(self.loaded, facts=facts)
        if heard.is_history:
            return
        if heard.fact.type == "contract.signed":
            self._keep_signals(lambda signal: signal.type != "pre_purchase")
        if heard.fact.type in QUIET and not self._clears(heard.fact.type):
            return
        catalog, facts = self.loaded.catalog, self.loaded.facts
        raised = signals.of_fact(
            heard.fact.type, heard.raw, heard.fact.at, catalog, facts, self.now
        )
        if raised or self.loaded.pending:
            self._again(heard.fact.type, raised)

    def _clears(self, type_: str) -> bool:
        """Whether one more high-volume fact ends the last block of what waits: only the gates it
        can clear are evaluated.
        """
        if not self.loaded.pending or not self.blocked & GATES.ended_by(type_):
            return False
        question = Question(
            type_, self.now, self.loaded.catalog, self.loaded.facts, None, self._waiting(())
        )
        cleared = {
            gate
            for gate in self.blocked & GATES.ended_by(type_)
            if GATES[gate].ask(question).result != "block"
        }
        self.blocked -= cleared
        return bool(cleared) and not self.blocked

    def _sell(self, sold: Sold) -> None:
        """Another plan answers what was open; leaving ends it."""
        self._plan(sold.plan)
        facts = replace(self.loaded.facts, opportunities=())
        self.loaded = replace(self.loaded, facts=facts)
        self._keep_signals(lambda signal: signal.type == "cancel_intent")
        self._plan_renewal()

    def _renew(self, day: date) -> None:
        if self.loaded.facts.subscription is None:
            return
        until = datetime.combine(day + DAY, datetime.min.time(), self.loaded.facts.account.zone)
        self._again("renewal", (Signal("renewal", self.now, "", until, {"renewal_date": day}),))

    def _daily(self, may: Sequence[tuple[str, str]]) -> None:
        """Only meters that may raise something new are looked at; what they raise is decided with
        everything loaded.
        """
        if self.loaded.facts.subscription is None:
            return
        still = {
            (signal.type, signal.key)
            for signal in self.loaded.facts.signals
            if signal.holds(self.now)
        }
        policy, meters = (
            self.loaded.catalog.policy,
            {meter for type_, meter in may if (type_, meter) not in still},
        )
        if not meters:
            return
        usage = self.past.forecasts.daily(self.now, policy, meters)
        raised = signals.of_usage(replace(self.loaded.facts, usage=usage), policy, self.now)
        if raised:
            self._again("schedule", raised)

    # ---- deciding

    def _again(self, cause: str, raised: tuple[Signal, ...]) -> None:
        """As in production: decides about what was raised; what still waits joins once nothing
        withholds it any more.
        """
        self._refresh()
        still = self._waiting(raised)
        case = Case(cause, self.now, self.loaded.catalog, self.loaded.facts, None, raised or still)
        if not case.signals:
            return
        decision = decide(case)
        if still and raised and decision.sells:
            case = replace(case, signals=(*raised, *still))
            decision = decide(case)
        if raised or decision.sells:
            self._proposed(self._rule(case, decision))
        else:
            self._wait(decision)

    def _proposed(self, ruling: Ruling) -> None:
        decision = ruling.decision
        kind = (
            "upgrade.proposal"
            if ruling.is_message
            else "crm.task"
            if decision.outcome == "assisted"
            else None
        )
        if kind is not None:
            self.rows.append(Row(decision.account, None, None, kind, self.now, decision.outcome))

    def _rule(self, case: Case, decision: Decision) -> Ruling:
        ruling = Ruling(self.loaded, Question.of(case), decision)
        if decision.signals and decision.blocked_by:
            self._wait(decision)
        self.loaded = after(ruling)
        return ruling

    def _wait(self, decision: Decision) -> None:
        """Decides again when a block expires; what waits for facts is decided when they arrive."""
        self.blocked = frozenset(decision.blocked_by)
        at = look_again_at(decision)
        if at is not None and (self.due is None or at < self.due):
            self.due = at
            self._push(at, _Look(at))

    def _waiting(self, raised: Iterable[Signal]) -> tuple[Signal, ...]:
        return waiting(self.loaded, raised, self.now)

    # ---- the account's state

    def _plan(self, plan: str | None) -> None:
        facts, catalog = self.loaded.facts, self.loaded.catalog
        if plan is not None and self.subscription is not None:
            facts = replace(facts, subscription=replace(self.subscription, plan=plan))
            catalog = self.past.catalog_of(plan)
        else:
            facts = replace(facts, subscription=None)
        self.loaded = replace(self.loaded, facts=facts, catalog=catalog)

    def _refresh(self, found: Found | None = None) -> None:
        """Usage and moves as of now."""
        usage = self.past.forecasts.usage(self.now, self.loaded.catalog.policy, found)
        moves = tuple(move for move in self.past.moves if move.at <= self.now)
        self.loaded = replace(
            self.loaded, facts=replace(self.loaded.facts, usage=usage, moves=moves)
        )

    def _forget_limit(self, found: Found) -> None:
        """A limit's signal lasts as long as its alert; a proposal waiting with it is never sent."""
        facts = self.loaded.facts
        sent = tuple(
            one
            for one in facts.sent
            if one.meter != found.meter or one.waits_until is None or one.waits_until <= self.now
        )
        self.loaded = replace(self.loaded, facts=replace(facts, sent=sent))
        if not found.is_open:
            self._keep_signals(
                lambda signal: signal.type != "usage_limit" or signal.key != found.meter
            )

    def _keep_signals(self, wanted: Callable[[Signal], bool]) -> None:
        facts = replace(
            self.loaded.facts,
            signals=tuple(signal for signal in self.loaded.facts.signals if wanted(signal)),
        )
        self.loaded = replace(
            self.loaded,
            facts=facts,
            opened=tuple(one for one in self.loaded.opened if wanted(one.signal)),
        )

    def _plan_renewal(self) -> None:
        subscription, account = self.loaded.facts.subscription, self.loaded.facts.account
        if subscription is None:
            return
        day = timing.renewal_date(subscription, account, self.now)
        at = timing.renewal_due(day, account)
        if at <= self.now:
            day = timing.year_after(day)
            at = timing.renewal_due(day, account)
        if at <= self.past.until:
            self._push(at, _Renewal(day))


def _crossing(found: Found) -> Crossing | None:
    if found.result.told is None:
        return None
    newest = found.result.reached[-1]
    return Crossing(
        found.meter,
        newest.threshold,
        found.used,
        found.limit,
        percent(found.used, found.limit),
        again=newest.again,
    )
