"""What decisions change in an account's stored state: signals, opportunities, proposals, remedies.

Pure values, written in bulk (`services/trigger/tables/judgements.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from services.trigger.judgement.decision import Remedy
from services.trigger.judgement.facts.facts import Signal
from services.trigger.process.lines import Line


@dataclass(frozen=True, slots=True)
class Open:
    """An open signal.

    `acted`: it led to a proposal and waits for nothing more. `alert`: the alert of a `usage_limit`.
    """

    account: str
    signal: Signal
    acted: bool = False
    alert: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """An opportunity to open, or to update with reasons, value and owner."""

    id: str
    account: str
    from_plan: str | None
    to_plan: str
    stage: str
    owner: Mapping[str, str | None]
    rule: str
    reasons: tuple[str, ...]
    deal_value: Decimal | None
    currency: str
    decision: str
    told: tuple[tuple[str, str], ...] | None = None
    """The reasons its own task lists from now on; None: unchanged."""
    add_on: str | None = None
    scenarios: tuple[str, ...] = ()
    line: Line | None = None
    """What it sells; None: nothing that the catalogue prices."""
    proposed: "Proposed | None" = None
    """What is proposed with it."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal to store. `channel`: "message", "person" (the owner says it) or "quote".

    `waits_with`, `waits_until`: the alert without which it is not sent, and the earliest time of
    delivery.
    """

    id: str
    account: str
    plan: str
    channel: str
    reason: str
    meter: str | None
    percent: Decimal | None
    counts: bool
    contacts: tuple[str, ...]
    amount: Decimal | None
    currency: str
    decision: str
    add_on: str | None = None
    waits_with: str | None = None
    waits_until: datetime | None = None
    expires_at: datetime | None = None

    @property
    def is_draft(self) -> bool:
        """Our own people have it, and nobody has proposed it to the customer yet."""
        return self.channel == "person"


@dataclass(slots=True)
class Changes:
    """All changes of one transaction's decisions, written together."""

    signals: list[Open] = field(default_factory=list)
    opportunities: list[Opened] = field(default_factory=list)
    proposals: list[Proposed] = field(default_factory=list)
    remedies: list[tuple[str, Remedy, str]] = field(default_factory=list)
    cleared: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """(account, gates that no longer block): their remedies end."""
    suppressed: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """(account, gates that block now)."""

    def add(self, other: "Changes") -> None:
        self.signals += other.signals
        self.opportunities += other.opportunities
        self.proposals += other.proposals
        self.remedies += other.remedies
        self.cleared += other.cleared
        self.suppressed += other.suppressed
