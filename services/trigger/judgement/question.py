"""A case with the findings about the offer, each computed once and shared by the gates: plan,
value, who acts, how ready they are.
"""

from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cached_property
from typing import Self

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Route
from services.trigger.judgement.economics import add_ons
from services.trigger.judgement.economics.add_ons import AddOnOffer
from services.trigger.judgement.economics.prices import stay_cost, yearly_price
from services.trigger.judgement.findings import routing
from services.trigger.judgement.findings.health import health
from services.trigger.judgement.findings.qualification import Qualification, qualify
from services.trigger.judgement.findings.recommendation import Recommendation, recommend
from services.trigger.judgement.gates import claims
from shared.catalog import Plan

RAISED = frozenset({"sales", "hybrid"})


@dataclass(frozen=True)
class Question(Case):
    @classmethod
    def of(cls, case: Case) -> Self:
        return cls(**{field.name: getattr(case, field.name) for field in fields(Case)})

    @cached_property
    def add_on(self) -> AddOnOffer | None:
        """What gives enough room for less than the step up; then no plan is offered."""
        return add_ons.find(self)

    @property
    def target(self) -> Plan | None:
        """The plan that would be proposed: one step up, never more (R-100).

        None if there is none, or if an add-on is the offer.
        """
        return self.next_plan if self.add_on is None else None

    @property
    def offers(self) -> bool:
        return self.add_on is not None or self.target is not None

    @property
    def offered(self) -> tuple[str, str | None]:
        """What an opportunity is about: a plan, or the current plan and an add-on."""
        if self.add_on is not None:
            assert self.plan is not None
            return self.plan.id, self.add_on.id
        return (self.target.id if self.target else "", None)

    @cached_property
    def recommendation(self) -> Recommendation | None:
        return recommend(self)

    @cached_property
    def worth(self) -> claims.Worth:
        return (
            claims.worth(self)
            if self.add_on is None
            else claims.worth_of_add_on(self, self.add_on.solves)
        )

    @cached_property
    def route(self) -> Route | None:
        """None if nothing is offered. For an add-on, the current plan decides who may close it."""
        plan, target, found = self.plan, self.target, self.recommendation
        if plan is None or (self.add_on is None and (target is None or found is None)):
            return None
        facts = self.facts
        offer = routing.Offer(
            plan=plan,
            target=target or plan,
            policy=self.policy,
            value=self._deal_value(plan, target),
            csm=facts.account.csm,
            deal=facts.record.deal,
            approval=found is not None and found.approval and self.add_on is None,
            raised=any(
                (one.plan, one.add_on) == self.offered and one.owner in RAISED
                for one in facts.opportunities
            ),
            healthy=self._healthy,
            add_on=self.add_on is not None,
            person_first=not self.person_had_time and self._is_managed,
        )
        return routing.route(offer)

    @property
    def _is_managed(self) -> bool:
        """BP-07: it has a CSM, and pays as much as the policy says."""
        plan, subscription = self.plan, self.facts.subscription
        if plan is None or subscription is None or self.facts.account.csm is None:
            return False
        least = self.policy.human_first.get(plan.currency)
        if least is None:
            return False
        paid = stay_cost(self.catalog, plan, subscription)
        return paid is not None and paid >= least

    def _deal_value(self, plan: Plan, target: Plan | None) -> Decimal | None:
        """Per year: the full price of an add-on, or what a step adds."""
        if self.add_on is not None or target is None:
            return self.add_on.year if self.add_on else None
        subscription = self.facts.subscription
        return routing.deal_value(
            yearly_price(plan, subscription),
            target,
            subscription.quantity if subscription else 1,
            self.policy,
        )

    @property
    def _healthy(self) -> bool:
        """Checked only if the policy passes healthy accounts to Sales (R-061)."""
        if self.policy.routing != "healthy_to_sales":
            return False
        found = health(self.facts, self.plan, self.policy, self.at)
        return found is not None and found.band == "green"

    @cached_property
    def qualification(self) -> Qualification | None:
        """Evaluated if a person acts (R-096)."""
        return (
            qualify(self) if self.route is not None and self.route.owner != "self_serve" else None
        )
