"""One account's past under another catalogue: recorded levels and facts through the same pure modules (issue 5, 11). No I/O.

`Replay` steps through crossings, facts, renewals and the looks that decisions planned, in the order of time, and writes down what
would have been sent.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.trigger.judgement import fact_types, intake, signals, timing
from services.trigger.judgement.case import Case, Crossing
from services.trigger.judgement.decision import Decision, iso
from services.trigger.judgement.facts import Signal, Usage
from services.trigger.judgement.pipeline import decide
from services.trigger.judgement.question import Question
from services.trigger.judgement.record import EMPTY
from services.trigger.judging.deciding import Left, again
from services.trigger.judging.effects import Ruling
from services.trigger.judging.loading import Loaded
from services.trigger.limits import percent
from shared.catalog import Catalog, Threshold
from shared.events import Event

Row = dict[str, Any]
USAGE, LOOK, RENEWAL = "usage.threshold", "schedule", "renewal"


@dataclass(frozen=True, slots=True)
class Crossed:
    """The highest threshold that one hour newly reached, and how full the meter was in the period before."""

    at: datetime
    meter: str
    threshold: Threshold
    used: Decimal
    limit: Decimal | None
    period_start: datetime | None
    period_end: datetime | None
    again: bool = False
    last_percent: int | None = None


@dataclass
class Replay:
    loaded: Loaded
    rows: list[Row] = field(default_factory=list)
    _left: Left = field(default_factory=Left)
    _queue: list[tuple[datetime, int, str, Any]] = field(default_factory=list)
    _count: int = 0

    def run(self, crossings: Iterable[Crossed], events: Iterable[Event], since: datetime, now: datetime) -> list[Row]:
        """Facts from before `since` count and raise nothing: they were known when the window began."""
        for event in events:
            self._push(event.time, "fact", event)
        for crossed in crossings:
            self._push(crossed.at, "crossing", crossed)
        self._plan_renewal(since)
        while self._queue and self._queue[0][0] <= now:
            at, _, kind, payload = heapq.heappop(self._queue)
            getattr(self, f"_on_{kind}")(at, payload, since)
        return self.rows

    def _push(self, at: datetime, kind: str, payload: Any) -> None:
        self._count += 1
        heapq.heappush(self._queue, (at, self._count, kind, payload))

    def _on_fact(self, at: datetime, event: Event, since: datetime) -> None:
        facts = self.loaded.facts
        data = fact_types.read(event.type, event.data or {})
        fact = intake.Fact(event.type, f"{event.source} {event.id}", at, data, facts.account.zone)
        self.loaded = replace(self.loaded, facts=replace(facts, record=intake.grow(facts.record, fact)))
        if at < since:
            return
        raised = signals.of_fact(event.type, event.data or {}, at, self.loaded.catalog, self.loaded.facts, at)
        self._decide(at, event.type, raised)

    def _on_look(self, at: datetime, payload: None, since: datetime) -> None:
        self._decide(at, LOOK, ())

    def _on_renewal(self, at: datetime, renewal: date, since: datetime) -> None:
        self._decide(at, RENEWAL, (Signal("renewal", at, "", None, {"renewal_date": renewal}),))

    def _on_crossing(self, at: datetime, crossed: Crossed, since: datetime) -> None:
        """A notice goes out whatever is decided."""
        loaded, share = self.loaded, percent(crossed.used, crossed.limit)
        usage = Usage(
            crossed.meter,
            crossed.used,
            crossed.limit,
            share,
            crossed.period_start,
            crossed.period_end,
            last_percent=crossed.last_percent,
        )
        facts = replace(loaded.facts, usage={**loaded.facts.usage, crossed.meter: usage})
        crossing = Crossing(crossed.meter, crossed.threshold, crossed.used, crossed.limit, share, alert="replayed", again=crossed.again)
        raised = signals.of_crossing(crossing, usage, loaded.catalog.policy, at)
        case = Case(USAGE, at, loaded.catalog, facts, crossing, raised)
        decision = decide(case)
        self.loaded = self._left.rule(Ruling(replace(loaded, facts=facts), Question.of(case), decision))
        self._note(decision, crossed.meter, crossed.threshold.json, USAGE)
        self._plan_look()

    def _decide(self, at: datetime, cause: str, raised: tuple[Signal, ...]) -> None:
        before = len(self._left.decisions)
        self.loaded = again(self.loaded, cause, raised, at, self._left, "", tells=bool(raised))
        for decision in self._left.decisions[before:]:
            if decision.sells:
                self._note(decision, None, None, "upgrade.proposal" if decision.outcome == "proposal" else "crm.task")
        self._left.messages.clear()
        self._plan_look()

    def _note(self, decision: Decision, meter: str | None, threshold: Any, kind: str) -> None:
        at, outcome = iso(decision.at), decision.outcome
        self.rows.append({"account": decision.account, "meter": meter, "threshold": threshold, "kind": kind, "at": at, "outcome": outcome})

    def _plan_look(self) -> None:
        at = self._left.looks.pop(self.loaded.facts.account.id, None)
        if at is not None and not any(kind == "look" and planned <= at for planned, _, kind, _ in self._queue):
            self._push(at, "look", None)

    def _plan_renewal(self, since: datetime) -> None:
        subscription, account = self.loaded.facts.subscription, self.loaded.facts.account
        if subscription is None:
            return
        renewal = timing.renewal_date(subscription, account, since)
        for day in (renewal, timing.year_after(renewal)):
            if timing.renewal_due(day, account) >= since:
                self._push(timing.renewal_due(day, account), "renewal", day)


def at_the_beginning(loaded: Loaded, catalog: Catalog) -> Loaded:
    """The account as if nothing were known of it yet, under another catalogue; its plan and people as they are."""
    facts = replace(loaded.facts, record=EMPTY, usage={}, sent=(), opportunities=(), signals=())
    return replace(loaded, catalog=catalog, facts=facts, opened=(), opportunities=(), proposals=(), remedies=frozenset())


def difference(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """Rows without a counterpart: the same account, meter, threshold and kind, each counted once."""
    left: dict[str, int] = {}
    for row in others:
        left[_key(row)] = left.get(_key(row), 0) + 1
    found = []
    for row in rows:
        if left.get(_key(row), 0):
            left[_key(row)] -= 1
        else:
            found.append(row)
    return found


def _key(row: Mapping[str, Any]) -> str:
    return repr((row["account"], row["meter"], row["threshold"], row["kind"]))
