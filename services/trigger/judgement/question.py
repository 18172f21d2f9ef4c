"""A case with the findings about the offer, each made once and shared by the gates: which plan, its worth, who acts, how ready they are."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

from services.trigger.judgement import claims, routing
from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Route
from services.trigger.judgement.health import health
from services.trigger.judgement.prices import yearly_price
from services.trigger.judgement.qualification import Qualification, qualify
from services.trigger.judgement.recommendation import Recommendation, recommend

RAISED = frozenset({"sales", "hybrid"})


@dataclass(frozen=True)
class Question(Case):
    @classmethod
    def of(cls, case: Case) -> Self:
        return cls(**{field.name: getattr(case, field.name) for field in fields(Case)})

    @cached_property
    def recommendation(self) -> Recommendation | None:
        return recommend(self)

    @cached_property
    def worth(self) -> claims.Worth:
        return claims.worth(self)

    @cached_property
    def route(self) -> Route | None:
        """None where there is no plan above."""
        plan, target, found = self.plan, self.target, self.recommendation
        if plan is None or target is None or found is None:
            return None
        facts = self.facts
        quantity = facts.subscription.quantity if facts.subscription else 1
        offer = routing.Offer(
            plan=plan,
            target=target,
            policy=self.policy,
            value=routing.deal_value(yearly_price(plan, facts.subscription), target, quantity, self.policy),
            csm=facts.account.csm,
            deal=facts.record.deal,
            approval=found.approval,
            raised=any(one.plan == target.id and one.owner in RAISED for one in facts.opportunities),
            healthy=self._healthy,
        )
        return routing.route(offer)

    @property
    def _healthy(self) -> bool:
        """Asked only where the policy passes healthy accounts to Sales (R-061)."""
        if self.policy.routing != "healthy_to_sales":
            return False
        found = health(self.facts, self.plan, self.policy, self.at)
        return found is not None and found.band == "green"

    @cached_property
    def qualification(self) -> Qualification | None:
        """Asked where a person acts (R-096)."""
        return qualify(self) if self.route is not None and self.route.owner != "self_serve" else None
