"""Whether the step up is cheaper than more units of the current plan.

Only what is above the limit counts (R-143).
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from services.trigger.judgement.case import Case
from services.trigger.judgement.economics.prices import added_cost
from services.trigger.judgement.findings import needs
from services.trigger.judgement.findings.recommendation import required
from services.trigger.judgement.shapes import MoreUnits
from shared.catalog import Catalog, Plan
from shared.values.money import money_text
from shared.values.quantities import EXACT


@dataclass(frozen=True, slots=True)
class Units:
    """`quantity` more units of `add_on` compared with the upgrade: both per year, in `currency`.

    `unit_year`: the price of one unit.
    """

    add_on: str
    meter: str
    quantity: int
    unit_year: Decimal
    upgrade_year: Decimal
    currency: str

    @property
    def year(self) -> Decimal:
        return EXACT.multiply(self.unit_year, Decimal(self.quantity))

    @property
    def saving_year(self) -> Decimal:
        """What the upgrade saves compared with the units; negative if the units are cheaper."""
        return EXACT.subtract(self.year, self.upgrade_year)

    @property
    def upgrade_is_cheaper(self) -> bool:
        """The sentence "more cost-effective than adding seats" is used only if this is true."""
        return self.saving_year > 0

    @property
    def break_even(self) -> int | None:
        """The number of units from which the upgrade costs no more; None if units are free."""
        if not self.unit_year:
            return None
        return max(
            0, int(EXACT.divide(self.upgrade_year, self.unit_year).to_integral_value(ROUND_CEILING))
        )

    def json(self) -> MoreUnits:
        return {
            "add_on": self.add_on,
            "quantity": self.quantity,
            "year": money_text(self.year, self.currency),
            "saving_year": money_text(self.saving_year, self.currency),
            "break_even": self.break_even,
        }


def more_units(case: Case) -> Units | None:
    """The units that would replace the step: of the people meter if people are joining, otherwise
    of a meter that will not last.
    """
    if case.plan is None or case.next_plan is None or case.facts.subscription is None:
        return None
    added = added_cost(case.plan, case.next_plan, case.facts.subscription)
    if added is None:
        return None
    upgrade = EXACT.multiply(added, Decimal(case.facts.subscription.quantity))
    found = (
        _units(case.catalog, case.plan, meter, above, upgrade)
        for meter, above in _above(case).items()
    )
    return next((units for units in found if units is not None), None)


def _above(case: Case) -> dict[str, Decimal]:
    """How much of each meter exceeds the limit, people first: those below are already paid for."""
    expected = required(case.facts, case.catalog, case.at)
    people = needs.people_meter(case.catalog)
    limits = {
        meter: case.facts.usage[meter].limit
        for meter in sorted(expected, key=lambda meter: (meter != people, meter))
    }
    beyond = (
        (meter, EXACT.subtract(expected[meter], limit))
        for meter, limit in limits.items()
        if limit is not None
    )
    return {meter: above for meter, above in beyond if above > 0}


def _units(
    catalog: Catalog, plan: Plan, meter: str, above: Decimal, upgrade: Decimal
) -> Units | None:
    """By the unit (`extra`), otherwise by the add-on that gives most of the meter for its price."""
    if meter in plan.extra:
        return Units(
            meter, meter, _ceiling(above), plan.extra[meter].yearly, upgrade, plan.currency
        )
    sold = [
        one for one in catalog.add_ons.values() if plan.id in one.plans and one.limits.get(meter)
    ]
    if not sold:
        return None
    best = min(sold, key=lambda one: (EXACT.divide(one.price.yearly, one.limits[meter]), one.id))
    return Units(
        best.id,
        meter,
        _ceiling(EXACT.divide(above, best.limits[meter])),
        best.price.yearly,
        upgrade,
        plan.currency,
    )


def _ceiling(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_CEILING))
