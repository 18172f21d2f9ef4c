"""A case with the findings about the offer, each made once and shared by the gates: which plan, its worth, who acts, how ready they are."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Recommended, Route
from services.trigger.judgement.qualification import Qualification, qualify


@dataclass(frozen=True)
class Question(Case):
    @classmethod
    def of(cls, case: Case) -> Self:
        return cls(**{field.name: getattr(case, field.name) for field in fields(case)})

    @cached_property
    def recommended(self) -> Recommended | None:
        return Recommended(self.target.id) if self.target else None

    @cached_property
    def worth(self) -> None:
        """The value case comes with `value.py`."""

    @cached_property
    def route(self) -> Route | None:
        if self.plan is None or self.target is None:
            return None
        own = self.plan.purchase == "self_serve" and self.target.purchase != "sales_assisted"
        return Route("self_serve" if own else "cs", "", None, self.target.currency)

    @cached_property
    def qualification(self) -> Qualification | None:
        """Asked where a person acts (R-096)."""
        return qualify(self) if self.route is not None and self.route.owner != "self_serve" else None
