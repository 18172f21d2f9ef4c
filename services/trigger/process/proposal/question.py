"""What judgement is asked about a deal before somebody proposes it: its own offer, not what
judgement would offer now.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property

from services.trigger.judgement.case import Case
from services.trigger.judgement.economics import add_ons
from services.trigger.judgement.economics.add_ons import AddOnOffer
from services.trigger.judgement.findings.needs import Wanted
from services.trigger.judgement.findings.reasons import open_reasons
from services.trigger.judgement.pipeline import GATES
from services.trigger.judgement.question import Question
from services.trigger.process.deals.first_entry import BY_HAND
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.talk.wants import Key
from shared.catalog import Plan

CAP = "frequency_cap"
ASKED_FOR = "formal_proposal"
"""The next step after which the customer waits for a proposal."""


@dataclass(frozen=True)
class DealQuestion(Question):
    """`to_plan`, `beside`: the plan of the deal, and the add-on if it is about one.
    `unwanted`: what they have said in it that they do not need.
    """

    to_plan: str = ""
    beside: str | None = None
    unwanted: frozenset[Key] = frozenset()

    @cached_property
    def next_plan(self) -> Plan | None:
        """None: they stay on their plan."""
        plan = self.catalog.plans.get(self.to_plan)
        return None if plan is None or plan == self.plan else plan

    @cached_property
    def needs(self) -> tuple[Wanted, ...]:
        return tuple(one for one in super().needs if (one.kind, one.key) not in self.unwanted)

    @cached_property
    def add_on(self) -> AddOnOffer | None:
        """With its figures, while it is still what gives enough room."""
        if self.beside is None:
            return None
        found = add_ons.find(Case(**{one.name: getattr(self, one.name) for one in fields(Case)}))
        return found if found is not None and found.id == self.beside else None


def question_of(state: Opportunity, case: Case, *, with_others: bool = False) -> DealQuestion:
    """With the reasons of the deal that still hold, or `with_others` all that hold."""
    asked = {one.name: getattr(case, one.name) for one in fields(Case)}
    asked["signals"] = tuple(
        one for one in open_reasons(case) if with_others or one.type in state.reasons
    )
    return DealQuestion(**asked, to_plan=state.to_plan, beside=state.add_on)


def words_of(
    state: Opportunity, case: Case, unwanted: frozenset[Key] = frozenset()
) -> DealQuestion:
    """What a person began, judgement has given no reason for: then all that hold speak for it.
    Nothing is said of what is `unwanted`.
    """
    asked = question_of(state, case, with_others=BY_HAND in state.reasons)
    signals = tuple(
        one
        for one in asked.signals
        if one.type != "feature_requested" or ("feature", one.key) not in unwanted
    )
    return replace(asked, signals=signals, unwanted=unwanted)


def blocking(state: Opportunity, case: Case, *, by_mail: bool) -> Iterator[str]:
    """The gates that stand between this deal and the customer. The cap counts mails, and not those
    that were asked for.
    """
    question = question_of(state, case)
    step = state.next_step
    free = not by_mail or (step is not None and step["type"] == ASKED_FOR)
    wanted = {"holdout", "value", *GATES.suppressions} - ({CAP} if free else set())
    for gate in GATES:
        if gate.name in wanted and gate.ask(question).result == "block":
            yield gate.name
