"""Everything stored about one account for judgement, as one statement returns it. Pure values."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from services.trigger.dossier.meter_usage import Totals
from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.facts.record import EMPTY, Record
from services.trigger.judgement.gates.guardrails import Play, pauses
from services.trigger.proposals.changes import Open
from shared.catalog.types import Guardrails


class SignalRow(msgspec.Struct, frozen=True):
    type: str
    key: str
    raised_at: datetime
    until: datetime | None
    evidence: dict[str, Any]
    acted: bool
    alert: str | None


class OpportunityRow(msgspec.Struct, frozen=True):
    id: str
    to_plan: str
    stage: str
    owner: dict[str, str | None]
    reasons: list[str]
    told: list[tuple[str, str]] | None = None
    add_on: str | None = None


class ProposalRow(msgspec.Struct, frozen=True):
    plan: str
    at: datetime
    channel: str
    reason: str
    meter: str | None
    percent: Decimal | None
    counts: bool
    contacts: list[str]
    amount: Decimal | None
    state: str | None = None

    @property
    def is_spoken(self) -> bool:
        """Whether one of our people made it, and not only was to."""
        return self.channel == "person" and self.state not in (None, "draft")


class MoveRow(msgspec.Struct, frozen=True):
    at: datetime
    from_plan: str
    to_plan: str


class TotalRow(msgspec.Struct, frozen=True):
    meter: str
    period_start: datetime
    period_end: datetime | None
    used: Decimal


class Memory(msgspec.Struct, frozen=True):
    """What is stored about one account for judgement.

    `signals`: the open ones, a `usage_limit` only while its alert is open. `totals`: of each
    meter's running period and of the previous one. `refused`: mailboxes
    that want no offers, in hex. `former`: contacts who left.
    """

    started_at: datetime | None = None
    record: Record = EMPTY
    signals: list[SignalRow] = []
    opportunities: list[OpportunityRow] = []
    proposals: list[ProposalRow] = []
    moves: list[MoveRow] = []
    remedies: list[str] = []
    suppressed: list[str] = []
    totals: list[TotalRow] = []
    plays: list[Play] = []
    refused: list[str] = []
    former: list[str] = []

    def opened(self, account: str) -> tuple[Open, ...]:
        return tuple(
            Open(
                account,
                Signal(row.type, row.raised_at, row.key, row.until, row.evidence),
                row.acted,
                row.alert,
            )
            for row in self.signals
        )

    def paused(self, rules: Guardrails) -> frozenset[str]:
        """Plays that have done too much harm (R-080)."""
        return frozenset(play.key for play in self.plays if pauses(play, rules))

    def running(self, now: datetime) -> Mapping[str, Totals]:
        """The running period of each meter ever counted, with the previous period's total."""
        return running(self.totals, now)


def running(totals: Sequence[TotalRow], now: datetime) -> dict[str, Totals]:
    found: dict[str, Totals] = {}
    earlier: dict[str, TotalRow] = {}
    for row in totals:
        if row.period_end is None:
            found[row.meter] = Totals(row.used, None, None, None)
        elif row.period_end <= now:
            earlier[row.meter] = row
        elif row.period_start <= now:
            before = earlier.get(row.meter)
            adjacent = before is not None and before.period_end == row.period_start
            found[row.meter] = Totals(
                row.used,
                row.period_start,
                row.period_end,
                before.used if before is not None and adjacent else None,
            )
    return found
