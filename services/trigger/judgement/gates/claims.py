"""What may be claimed because it is true, and whether anything worth proposing is left (R-110,
R-117, R-043, R-143, R-018).

A false claim is not made. If nothing else supports the step, the proposal is blocked with a code:
`review_only` (R-043), `seats_cheaper` (R-143), `value_below_cost` (R-117). The gate `fit` and
`Benefit` rule out a step that has nothing to show but its price (R-110).
"""

from dataclasses import dataclass
from decimal import Decimal

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Answer, Evidence, blocked, passed, skipped
from services.trigger.judgement.economics.add_ons import AddOnOffer
from services.trigger.judgement.economics.prices import added_cost, stay_cost
from services.trigger.judgement.economics.seats import Units, more_units
from services.trigger.judgement.economics.value import ValueCase, value_case
from services.trigger.judgement.findings import needs
from services.trigger.judgement.findings.signals import NEVER_PROPOSES
from shared.values.money import money_text
from shared.values.quantities import EXACT, plain

LIMIT_REASONS = frozenset(
    {"usage_limit", "repeated_limit", "forecast_limit", "team_growth", "compliance_need"}
)
"""Reasons for which the step may cost more than the hours it saves: the limit or the auditor leaves
no choice (R-117).
"""

REVIEW_ONLY = "review_only"
SEATS_CHEAPER = "seats_cheaper"
VALUE_BELOW_COST = "value_below_cost"
CLEARS = "other numbers are stated, or there is another reason"


class ProposalInvalid(ValueError):
    """A proposal lacks a part that it must have; the argument names it."""


@dataclass(frozen=True, slots=True)
class Benefit:
    """What both sides gain (R-018): for the customer, keys of needs and meters or `value`; for the
    vendor, the added yearly revenue.
    """

    customer: tuple[str, ...]
    vendor_delta_arr: Decimal | None

    def __post_init__(self) -> None:
        if not self.customer:
            raise ProposalInvalid("customer_benefit")


@dataclass(frozen=True, slots=True)
class Worth:
    """`renewal`, `team_growth`, `roi`: whether the claim is true; `solves`: keys it answers."""

    value: ValueCase | None
    units: Units | None
    renewal: bool
    team_growth: bool
    roi: bool
    solves: tuple[str, ...]


def worth(case: Case) -> Worth:
    value, units = value_case(case), more_units(case)
    return Worth(
        value,
        units,
        renewal=renewal_claim(case, value),
        team_growth=units is not None
        and units.meter == needs.people_meter(case.catalog)
        and units.upgrade_is_cheaper,
        roi=value is not None and value.clear(case.policy.clear_value_multiple),
        solves=solved(case),
    )


def worth_of_add_on(case: Case, solves: tuple[str, ...]) -> Worth:
    """An add-on is worth the room it gives: it makes no claim about a plan."""
    return Worth(None, more_units(case), renewal=False, team_growth=False, roi=False, solves=solves)


def renewal_claim(case: Case, value: ValueCase | None) -> bool:
    """R-043: the next plan costs less than staying does, or a documented multiple exceeds 1."""
    if value is not None and (value.multiple is None or value.multiple > 1):
        return True
    plan, target, subscription = case.plan, case.next_plan, case.facts.subscription
    if plan is None or target is None or target.price is None or subscription is None:
        return False
    stay = stay_cost(case.catalog, plan, subscription)
    return (
        stay is not None
        and EXACT.multiply(target.price.yearly, Decimal(subscription.quantity)) < stay
    )


def solved(case: Case) -> tuple[str, ...]:
    """Keys of needs and of meters under pressure that the step answers."""
    plan, target = case.plan, case.next_plan
    if plan is None or target is None:
        return ()
    answered = (need.key for need in case.needs if needs.answers(target, plan, need))
    relieved = (meter for meter in case.pressure if needs.more(target, plan, meter))
    return tuple(sorted({*answered, *relieved}))


def benefit(case: Case, found: Worth) -> Benefit:
    """Raises ProposalInvalid if the customer would gain nothing that can be named."""
    assert case.plan is not None
    assert case.next_plan is not None
    added = added_cost(case.plan, case.next_plan, case.facts.subscription)
    quantity = case.facts.subscription.quantity if case.facts.subscription else 1
    return Benefit(
        (*found.solves, *(("value",) if found.roi else ())),
        None if added is None else EXACT.multiply(added, Decimal(quantity)),
    )


def gate(case: Case, found: Worth) -> Answer:
    """The gate `value`, for what was raised now."""
    if case.next_plan is None:
        return skipped("no plan above")
    raised = {signal.type for signal in case.signals} - NEVER_PROPOSES
    return _unsupported(raised, found) or _too_dear(raised, found) or _passed(case, found)


def gate_of_add_on(case: Case, add_on: AddOnOffer, found: Worth) -> Answer:
    """The gate `value` for an add-on: it costs less than the step, and the limit leaves no choice
    (R-117).

    A renewal is no reason to add anything (R-043), and for people who are only announced a person
    offers the seats (R-143).
    """
    raised = {signal.type for signal in case.signals} - NEVER_PROPOSES
    step = None if add_on.step_year is None else money_text(add_on.step_year, add_on.currency)
    figures = {
        "solves": found.solves,
        "add_on": add_on.id,
        "year": money_text(add_on.year, add_on.currency),
        "step_year": step,
    }
    words = (
        "there is no step up to compare it with"
        if step is None
        else f"the step up would add {step}"
    )
    costs = f"{add_on.quantity} more {add_on.id} cost {figures['year']} a year"
    if "team_growth" in raised and not raised - {"team_growth", "renewal"}:
        units = {} if found.units is None else {"alternative": found.units.json()}
        upgrade = "" if step is None else f", the upgrade {step}"
        return blocked(
            f"{costs}{upgrade}", {**figures, **units}, code=SEATS_CHEAPER, clears_when=CLEARS
        )
    return _unsupported(raised, found) or passed(f"{costs}; {words}", figures)


def _unsupported(raised: set[str], found: Worth) -> Answer | None:
    """Blocks if everything raised is a claim that may not be made."""
    if raised == {"renewal"} and not found.renewal:
        return blocked(
            "staying costs no more, and no value is documented",
            _figures(found),
            code=REVIEW_ONLY,
            clears_when=CLEARS,
        )
    supported = raised - {"team_growth"} - (set() if found.renewal else {"renewal"})
    cheaper = None if found.team_growth or found.roi else found.units
    if "team_growth" in raised and not supported and cheaper is not None:
        sums = [
            money_text(amount, cheaper.currency) for amount in (cheaper.year, cheaper.upgrade_year)
        ]
        reason = (
            f"{cheaper.quantity} more {cheaper.add_on} cost {sums[0]} a year, the upgrade {sums[1]}"
        )
        return blocked(
            reason,
            {**_figures(found), "alternative": cheaper.json()},
            code=SEATS_CHEAPER,
            clears_when=CLEARS,
        )
    return None


def _too_dear(raised: set[str], found: Worth) -> Answer | None:
    if (
        found.value is None
        or found.value.multiple is None
        or found.value.multiple >= 1
        or raised & LIMIT_REASONS
    ):
        return None
    return blocked(
        "the step costs more than the hours it saves",
        _figures(found),
        code=VALUE_BELOW_COST,
        clears_when=CLEARS,
    )


def _passed(case: Case, found: Worth) -> Answer:
    figures = {**_figures(found), **_mutual(case, found)}
    if found.value is None:
        return passed("no value is stated; the step answers what was raised", figures)
    return passed(
        "value clearly exceeds cost"
        if found.roi
        else "value exceeds cost by too little to be shown",
        figures,
    )


def _mutual(case: Case, found: Worth) -> Evidence:
    """What both sides gain, kept with the decision (R-018); empty if the customer gains nothing."""
    if not found.solves and not found.roi:
        return {}
    both = benefit(case, found)
    added = both.vendor_delta_arr
    assert case.next_plan is not None
    vendor = None if added is None else money_text(added, case.next_plan.currency)
    return {"customer_benefit": both.customer, "vendor_delta_arr": vendor}


def _figures(found: Worth) -> Evidence:
    figures: dict[str, object] = {"solves": found.solves, "renewal_claim": found.renewal}
    if found.value is not None and found.value.multiple is not None:
        figures["multiple"] = plain(EXACT.quantize(found.value.multiple, Decimal("0.01")))
    if found.units is not None:
        figures |= {
            "units": found.units.quantity,
            "break_even": found.units.break_even,
            "team_growth_claim": found.team_growth,
        }
    return figures
