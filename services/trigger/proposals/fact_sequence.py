"""Takes one account's facts one after the other in a transaction: what each raises, and how many
decisions are made. Pure.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.facts import capacity, intake, types
from services.trigger.judgement.facts.facts import Facts, Signal
from services.trigger.judgement.facts.record import Record
from services.trigger.judgement.findings import signals
from services.trigger.proposals.results import Left, again, waiting
from shared.events import Event
from shared.values.identity import identity

DECIDED_APIECE = 20
"""Facts of an account decided one by one in a transaction; further ones are decided together."""


@dataclass(slots=True)
class Hearing:
    """`loaded` grows with every fact. Facts after `DECIDED_APIECE` decisions wait for `end`."""

    loaded: Loaded
    now: datetime
    left: Left
    decided: int = 0
    raised: list[Signal] = field(default_factory=list)
    last: Event | None = None
    tells: bool = False

    def hear(self, event: Event, data: types.Data) -> None:
        """Takes one fact. `data`: its parsed data."""
        self._grow(event, data)
        if event.type == "contract.signed":
            self._forget("pre_purchase")
        raised = signals.of_fact(
            event.type, event.data or {}, event.time, self.loaded.catalog, self._known(), self.now
        )
        routine = signals.is_history(event.time, self.now) or event.type in types.QUIET
        tells = bool(raised) or not routine
        if not tells and not waiting(self.loaded, (), self.now):
            return
        if self.decided < DECIDED_APIECE:
            self.decided += 1
            self._decide(event, raised, tells)
        else:
            self.raised += raised
            self.last = event if tells or self.last is None else self.last
            self.tells |= tells

    def end(self) -> Record:
        """The account's record after all facts."""
        if self.last is not None:
            self._decide(self.last, tuple(self.raised), self.tells)
        contacts = [contact.id for contact in self.loaded.facts.account.contacts]
        record, gone = capacity.without_strangers(self.loaded.facts.record, contacts)
        self.left.let_go += gone
        return record

    def _grow(self, event: Event, data: types.Data) -> None:
        facts = self.loaded.facts
        fact = intake.Fact(
            event.type, f"{event.source} {event.id}", event.time, data, facts.account.zone
        )
        record, gone = intake.added(facts.record, fact)
        self.left.let_go += gone
        self.loaded = replace(self.loaded, facts=replace(facts, record=record))

    def _forget(self, type_: str) -> None:
        """Signals of this type are answered."""
        self.raised = [signal for signal in self.raised if signal.type != type_]
        facts = replace(
            self.loaded.facts,
            signals=tuple(signal for signal in self.loaded.facts.signals if signal.type != type_),
        )
        self.loaded = replace(
            self.loaded,
            facts=facts,
            opened=tuple(one for one in self.loaded.opened if one.signal.type != type_),
        )

    def _known(self) -> Facts:
        """Includes what was raised but not yet decided, so that nothing is raised twice."""
        facts = self.loaded.facts
        return replace(facts, signals=(*facts.signals, *self.raised)) if self.raised else facts

    def _decide(self, event: Event, raised: tuple[Signal, ...], tells: bool) -> None:
        decision = identity("decision", "fact", *event.identity)
        self.loaded = again(
            self.loaded, event.type, raised, self.now, self.left, decision, tells=tells
        )
