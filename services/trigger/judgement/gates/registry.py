"""All gates in the order in which they are asked, and what follows from each."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from types import MappingProxyType

from services.trigger.judgement.decision import GateAnswer, Remedy
from services.trigger.judgement.gates.gate import Gate
from services.trigger.judgement.question import Question


class Gates:
    """The order is public: decisions, `explain` and pages show it."""

    def __init__(self, *gates: Gate[Question]) -> None:
        self._gates: tuple[Gate[Question], ...] = ()
        for gate in gates:
            self.add(gate)

    def add(self, gate: Gate[Question], *, before: str | None = None) -> None:
        """At the end, or in front of the named one. ValueError for a name that is taken."""
        if gate.name in self.names:
            raise ValueError(f"there is a gate named {gate.name}")
        at = len(self._gates) if before is None else self.names.index(before)
        self._set((*self._gates[:at], gate, *self._gates[at:]))

    def remove(self, name: str) -> None:
        self._set(tuple(gate for gate in self._gates if gate.name != name))

    def _set(self, gates: tuple[Gate[Question], ...]) -> None:
        self._gates = gates
        self._by_name = MappingProxyType({gate.name: gate for gate in gates})
        self.suppressions = frozenset(gate.name for gate in gates if gate.suppresses)
        self.withholding = self.suppressions | {gate.name for gate in gates if gate.withholds}
        self.remedied = frozenset(gate.name for gate in gates if gate.remedy is not None)

    def __iter__(self) -> Iterator[Gate[Question]]:
        return iter(self._gates)

    def __len__(self) -> int:
        return len(self._gates)

    def __getitem__(self, name: str) -> Gate[Question]:
        return self._by_name[name]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(gate.name for gate in self._gates)

    def ended_by(self, fact: str) -> frozenset[str]:
        """The gates whose block a fact of this type, one of those that come in masses, can end."""
        return frozenset(gate.name for gate in self._gates if fact in gate.ended_by)

    def remedies(
        self, answers: Iterable[GateAnswer], now: datetime, time_zone: str
    ) -> tuple[Remedy, ...]:
        """What is done instead of selling: one remedy for each blocking gate that has one, in gate
        order (R-073, R-074, R-077).

        Each task once, even if two gates ask for it. A customer success manager owns all of them.
        """
        found: dict[str, Remedy] = {}
        for one in answers:
            if one.answer.result != "block":
                continue
            if (instead := self[one.gate].remedy) is not None:
                due = instead.due(now, time_zone)
                found.setdefault(instead.task, Remedy(instead.task, "cs", due, one.gate))
        return tuple(found.values())
