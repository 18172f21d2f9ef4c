"""Who acts on an opportunity, by rules that people can read (R-170..R-173, R-176, R-006).

Rules are checked from top to bottom; the first that applies decides. Once raised, an opportunity
never moves back down (R-171).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from typing_extensions import TypedDict

from services.trigger.accounts import Person
from services.trigger.judgement.decision import Route
from services.trigger.judgement.facts.record import Deal
from services.trigger.judgement.shapes import Owner
from shared.catalog import Plan, Policy
from shared.values.money import format_money, money_text
from shared.values.quantities import EXACT
from shared.wording import sentence

STAKEHOLDERS = 3
APPROVAL_DAYS = 30
PERSON_FIRST = "OWN-9"
"""The CSM is asked before the customer gets the offer (BP-07)."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The input of routing. `value` is the deal value in the target's currency, None if its price
    is quoted individually.

    `add_on`: something is sold in addition to the plan, and `target` is the current plan.
    """

    plan: Plan
    target: Plan
    policy: Policy
    value: Decimal | None
    csm: Person | None = None
    deal: Deal | None = None
    approval: bool = False
    raised: bool = False
    healthy: bool = False
    add_on: bool = False
    person_first: bool = False

    @property
    def priced(self) -> bool:
        return self.add_on or self.target.price is not None

    @property
    def sales_from(self) -> Decimal | None:
        """None: in a currency without a figure, size alone never routes to Sales."""
        return self.policy.sales_from.get(self.target.currency)

    @property
    def self_serve(self) -> bool:
        return (
            self.plan.purchase == "self_serve"
            and self.target.purchase != "sales_assisted"
            and not self.approval
        )


def deal_value(
    plan_year: Decimal | None, target: Plan, quantity: int, policy: Policy
) -> Decimal | None:
    """(next yearly price - current) x quantity; all of it if `deal_value_basis` is `total`."""
    if target.price is None or plan_year is None:
        return None
    own = plan_year if policy.deal_value_basis == "incremental" else Decimal(0)
    return EXACT.multiply(EXACT.subtract(target.price.yearly, own), Decimal(quantity))


def conditions(deal: Deal | None) -> tuple[str, ...]:
    """R-172: the conditions that require Sales whatever the size."""
    if deal is None:
        return ()
    found = {
        "complex": bool(deal.complex),
        "stakeholders": (deal.stakeholders or 0) >= STAKEHOLDERS,
        "approval_days": (deal.approval_days or 0) > APPROVAL_DAYS,
        "custom_terms": bool(deal.custom_terms),
        "strategic": deal.relationship == "strategic",
    }
    return tuple(name for name, holds in found.items() if holds)


def may_close(csm: Person | None, value: Decimal | None) -> tuple[str, ...]:
    """R-173: what keeps the CSM from closing; empty if nothing does, or if no CSM is assigned."""
    if csm is None:
        return ()
    beyond = csm.close_authority is not None and value is not None and value > csm.close_authority
    return (
        *(() if csm.sales_trained else ("not_sales_trained",)),
        *(("close_authority",) if beyond else ()),
    )


def discount_needs_approval(percent: Decimal, policy: Policy) -> bool:
    """R-173: whether a discount is more than a CSM may give alone."""
    return percent > policy.cs_max_discount_pct


@dataclass(frozen=True, slots=True)
class Rule:
    """`holds` returns the reasons, or None if the rule does not apply.

    `owner` "sales": together with the CSM if there is one (hybrid).
    """

    id: str
    owner: Owner
    holds: Callable[[Offer], tuple[str, ...] | None]


def _if(holds: bool, *reasons: str) -> tuple[str, ...] | None:
    return reasons if holds else None


RULES: tuple[Rule, ...] = (
    Rule(
        PERSON_FIRST,
        "cs",
        lambda offer: _if(offer.self_serve and offer.priced and offer.person_first, "person_first"),
    ),
    Rule("OWN-1", "self_serve", lambda offer: _if(offer.self_serve and offer.priced)),
    Rule("OWN-7", "sales", lambda offer: _if(offer.raised, "raised_before")),
    Rule("OWN-6", "sales", lambda offer: _if(not offer.priced, "needs_quote")),
    Rule("OWN-3", "sales", lambda offer: _if(_large(offer), "size")),
    Rule("OWN-4", "sales", lambda offer: conditions(offer.deal) or None),
    Rule("OWN-5", "sales", lambda offer: may_close(offer.csm, offer.value) or None),
    Rule(
        "OWN-8",
        "sales",
        lambda offer: _if(offer.healthy and offer.policy.routing == "healthy_to_sales", "healthy"),
    ),
    Rule("OWN-2", "cs", lambda offer: ()),
)


def route(offer: Offer) -> Route:
    rule, reasons = _first(offer)
    value = None if offer.value is None else money_text(offer.value, offer.target.currency)
    return Route(_with_csm(rule.owner, offer.csm), rule.id, value, offer.target.currency, reasons)


def _first(offer: Offer) -> tuple[Rule, tuple[str, ...]]:
    for rule in RULES:
        if (reasons := rule.holds(offer)) is not None:
            return rule, reasons
    raise AssertionError("the last rule always holds")


def _with_csm(owner: Owner, csm: Person | None) -> Owner:
    return "hybrid" if owner == "sales" and csm is not None else owner


def _large(offer: Offer) -> bool:
    return (
        offer.sales_from is not None and offer.value is not None and offer.value >= offer.sales_from
    )


class OwnershipRule(TypedDict):
    id: str
    when: str
    owner: Owner


class Ownership(TypedDict):
    """The rules in force, in numerical order."""

    rules: list[OwnershipRule]


def ownership_policy(policy: Policy, locale: str = "en") -> Ownership:
    """`GET /v1/policy/ownership`: the rules in words, by number, with current figures (R-176)."""
    return {
        "rules": [
            _readable(rule, policy, locale)
            for rule in sorted(_in_force(policy), key=lambda rule: rule.id)
        ]
    }


def _in_force(policy: Policy) -> Iterable[Rule]:
    asked = {"OWN-8": policy.routing == "healthy_to_sales", PERSON_FIRST: bool(policy.human_first)}
    return (rule for rule in RULES if asked.get(rule.id, True))


def _sums(amounts: Mapping[str, Decimal], locale: str) -> list[str]:
    return [
        format_money(amount, currency, locale)
        for currency, amount in sorted(amounts.items(), reverse=True)
    ]


def _readable(rule: Rule, policy: Policy, locale: str) -> OwnershipRule:
    sums = _sums(policy.sales_from, locale)
    figures = {
        "sums": sums or ["-"],
        "stakeholders": STAKEHOLDERS,
        "days": APPROVAL_DAYS,
        "discount": str(policy.cs_max_discount_pct),
        "revenue": _sums(policy.human_first, locale),
    }
    key = (
        f"ownership.{rule.id.lower()}"
        if sums or rule.id not in ("OWN-2", "OWN-3")
        else f"ownership.{rule.id.lower()}.never"
    )
    return {"id": rule.id, "when": sentence(key, figures, locale), "owner": rule.owner}
