"""What a decision produces, and how waiting signals are decided again.

Pure: shared by the shell and the backtest.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Decision
from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.pipeline import decide
from services.trigger.judgement.question import Question
from services.trigger.process.tasks.places import Place
from services.trigger.proposals import expiry, person_first
from services.trigger.proposals.changes import Changes
from services.trigger.proposals.effects import messages, rows
from services.trigger.proposals.effects.basis import Ruling
from shared.messages import Message

DAY = timedelta(days=1)
LOOK = "judgement"
"""The timer that reconsiders withheld signals."""


@dataclass(slots=True)
class Left:
    """What one transaction produces: rows, decisions, messages, and when to look again."""

    changes: Changes = field(default_factory=Changes)
    decisions: list[Decision] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    """By key: where the tasks belong that the messages ask for."""
    looks: dict[str, datetime] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    """Accounts in which nothing waits any more, so that no look is needed."""
    eases: dict[str, datetime] = field(default_factory=dict)
    """When the first reason in an opportunity's task expires."""
    asked_first: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """By decision: what is decided again if the person who was asked first does nothing."""
    judged: dict[str, Loaded] = field(default_factory=dict)
    """Accounts about which something was decided, as they are afterwards."""
    let_go: Counter[str] = field(default_factory=Counter)
    """By kind: how many entries of an account were dropped because of a cap."""

    def tell(self, ruling: Ruling) -> None:
        """What is sent because of a decision."""
        self.messages += messages.messages(ruling)
        self.places |= messages.places(ruling)

    def rule(self, ruling: Ruling) -> Loaded:
        """Records a decision and returns the account as it is afterwards."""
        rows.changes(ruling, self.changes)
        account = ruling.decision.account
        if ruling.decision.signals and ruling.decision.blocked_by:
            self.look(account, rows.look_again_at(ruling.decision) or ruling.decision.at + DAY)
        found = rows.after(ruling)
        if person_first.asks(ruling.decision):
            self.asked_first[ruling.decision.id] = person_first.payload(ruling)
        if (ends := expiry.ends(found, ruling.decision.at)) is not None:
            self.eases[account] = ends
        (self.settled.discard if found.pending else self.settled.add)(account)
        self.judged[account] = found
        return found

    def add(self, other: "Left") -> None:
        """Adds what another account, or another decision of the same account, produces."""
        self.changes.add(other.changes)
        self.decisions += other.decisions
        self.messages += other.messages
        self.places |= other.places
        self.eases |= other.eases
        self.asked_first |= other.asked_first
        self.judged |= other.judged
        self.let_go += other.let_go
        self.settled -= other.looks.keys() | {decision.account for decision in other.decisions}
        self.settled |= other.settled
        for account, at in other.looks.items():
            self.look(account, at)

    def look(self, account: str, at: datetime) -> None:
        self.looks[account] = min(at, self.looks.get(account, at))


def waiting(loaded: Loaded, raised: Iterable[Signal], now: datetime) -> tuple[Signal, ...]:
    """Open signals that are still in force and not yet acted on, apart from those raised now."""
    now_raised = {(signal.type, signal.key) for signal in raised}
    found = (one.signal for one in loaded.pending if one.signal.holds(now))
    return tuple(signal for signal in found if (signal.type, signal.key) not in now_raised)


def again(
    loaded: Loaded,
    cause: str,
    raised: tuple[Signal, ...],
    now: datetime,
    left: Left,
    decision_id: str,
    *,
    tells: bool,
    late: bool = False,
    person_had_time: bool = False,
) -> Loaded:
    """Decides about what was raised; once nothing withholds the waiting signals any more, decides
    about them too.

    `tells`: whether a decision is stored even if nothing was raised and nothing changed.
    """
    still = waiting(loaded, raised, now)
    if not (raised or tells or still):
        return loaded
    case = Case(cause, now, loaded.catalog, loaded.facts, None, raised, late, person_had_time)
    decision = decide(case)
    if still and (not raised or decision.sells):
        both = replace(case, signals=(*raised, *still))
        asked = decide(both)
        if raised or asked.sells:
            case, decision, tells = both, asked, True
        else:
            left.look(loaded.facts.account.id, rows.look_again_at(asked) or now + DAY)
    if not tells:
        return loaded
    ruling = Ruling(loaded, Question.of(case), replace(decision, id=decision_id))
    left.decisions.append(ruling.decision)
    left.tell(ruling)
    return left.rule(ruling)
