"""One question to the pipeline: an account's facts, what just happened, and when.

Findings that several gates share are computed once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from services.trigger.judgement.facts.facts import Facts, Signal
from services.trigger.judgement.findings import needs
from services.trigger.judgement.findings.needs import Wanted
from shared.catalog import Catalog, Plan, Policy, Threshold


@dataclass(frozen=True, slots=True)
class Crossing:
    """The highest newly reached threshold, which sends a notice."""

    meter: str
    threshold: Threshold
    used: Decimal
    limit: Decimal | None
    percent: int | None
    alert: str = ""
    again: bool = False
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """`signals` were raised just now; those still open are in `facts.signals`.

    `cause`: the event type, `usage.threshold`, `renewal` or `schedule`. `person_had_time`: a person
    was asked first, and did nothing (BP-07).
    """

    cause: str
    at: datetime
    catalog: Catalog
    facts: Facts
    crossing: Crossing | None = None
    signals: tuple[Signal, ...] = ()
    late: bool = False
    person_had_time: bool = False

    @property
    def policy(self) -> Policy:
        return self.catalog.policy

    @cached_property
    def plan(self) -> Plan | None:
        """The account's plan, or the one it is about to buy: before any subscription, the plan of
        the quote (R-045).
        """
        if self.facts.subscription is not None:
            return self.catalog.plans.get(self.facts.subscription.plan)
        quote = self.facts.record.quote
        return self.catalog.plans.get(quote.plan) if quote else None

    @cached_property
    def next_plan(self) -> Plan | None:
        return self.catalog.next_plan(self.plan.id) if self.plan else None

    @cached_property
    def live_signals(self) -> tuple[str, ...]:
        """Types of the signals raised now and of those still open."""
        still = (signal for signal in self.facts.signals if signal.holds(self.at))
        return tuple(dict.fromkeys(signal.type for signal in (*self.signals, *still)))

    def raised(self, type_: str) -> Signal | None:
        return next((signal for signal in self.signals if signal.type == type_), None)

    @property
    def target(self) -> Plan | None:
        """What would be proposed: one step up, never more (R-100)."""
        return self.next_plan

    @cached_property
    def needs(self) -> tuple[Wanted, ...]:
        return needs.wanted(self.catalog, self.facts, self.plan, self.at) if self.plan else ()

    @cached_property
    def pressure(self) -> tuple[str, ...]:
        """Meters that are nearly full, have just crossed a threshold, or are on their way."""
        crossed = (self.crossing.meter,) if self.crossing else ()
        still = (signal for signal in self.facts.signals if signal.holds(self.at))
        on_their_way = (
            signal.key for signal in (*self.signals, *still) if signal.type.endswith("_limit")
        )
        return tuple(sorted({*crossed, *on_their_way, *needs.pressed(self.facts)}))
