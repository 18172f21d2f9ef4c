"""What a change of subscription does to the open deals of its account: lines that were bought,
deals that are lost with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.trigger.accounts import Subscription
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.lines import Line, Shop, priced
from services.trigger.process.log.entries import Draft
from shared.catalog import Catalog, Plan
from shared.values.moments import iso


@dataclass(frozen=True, slots=True)
class Purchase:
    """`after` None: they left."""

    before: Subscription | None
    after: Subscription | None
    catalog: Catalog
    at: datetime

    @property
    def changes_plan(self) -> bool:
        old, new = self.before, self.after
        return old is not None and new is not None and old.plan != new.plan

    @property
    def plan(self) -> Plan | None:
        return self.catalog.plans.get(self.after.plan) if self.after else None

    @property
    def is_up(self) -> bool:
        """Within the family; another family is neither."""
        old = self.catalog.plans.get(self.before.plan) if self.before else None
        new = self.plan
        return old is not None and new is not None and _above(new, old)


def follows(deals: Sequence[Opportunity], purchase: Purchase) -> Mapping[str, list[Draft]]:
    """What is to be appended to each of these open deals, by id."""
    found: dict[str, list[Draft]] = {}
    for deal in deals:
        if purchase.after is None:
            found[deal.id] = [_lost(deal, "cancelled")]
            continue
        bought = list(_bought(deal, deals, purchase))
        if not bought and _is_superseded(deal, purchase):
            found[deal.id] = [_lost(deal, "superseded")]
        elif bought:
            found[deal.id] = [_won(line, purchase.at) for line in bought]
    return found


def _won(line: Line, at: datetime) -> Draft:
    return Draft("line", replace(line, state="won", won_at=iso(at)).stored())


def _lost(deal: Opportunity, reason: str) -> Draft:
    told = {"to": "closed_lost", "from": deal.stage, "role": deal.owner.role, "reason": reason}
    return Draft("move", told)


def _bought(deal: Opportunity, deals: Sequence[Opportunity], purchase: Purchase) -> Iterator[Line]:
    assert purchase.after is not None
    for line in deal.lines:
        if line.state != "open":
            continue
        if not line.sells_plan:
            if purchase.after.add_ons.get(line.item, 0) >= line.held + line.quantity:
                yield line
        elif purchase.changes_plan and (found := _plan_bought(line, deals, purchase)):
            yield found


def _plan_bought(line: Line, deals: Sequence[Opportunity], purchase: Purchase) -> Line | None:
    plan, sought = purchase.plan, purchase.catalog.plans.get(line.item)
    if plan is None or sought is None or plan.family != sought.family:
        return line if plan is not None and plan.id == line.item else None
    if plan.id == sought.id:
        return line
    if line.type == "downsell":
        return line if plan.rank < sought.rank else None
    return _jumped(line, plan, deals, purchase) if plan.rank > sought.rank else None


def _jumped(
    line: Line, plan: Plan, deals: Sequence[Opportunity], purchase: Purchase
) -> Line | None:
    """They bought more than was offered: the nearest deal is won at what they bought."""
    open_plans = {
        one.item
        for deal in deals
        for one in deal.lines
        if one.state == "open" and one.type == "plan_upgrade"
    }
    below = [
        known
        for item in open_plans
        if (known := purchase.catalog.plans.get(item)) is not None and _above(plan, known)
    ]
    if plan.id in open_plans or line.item != max(below, key=lambda one: one.rank).id:
        return None
    own = purchase.catalog.plans.get(purchase.before.plan) if purchase.before else None
    shop = Shop(purchase.catalog, plan, own, purchase.before)
    year = shop.list_year(plan.id, line.quantity)
    # What was agreed on was for another plan.
    agreed = None if year is None else line.year
    return priced(replace(line, item=plan.id, list_year=year, year=agreed))


def _is_superseded(deal: Opportunity, purchase: Purchase) -> bool:
    """A deal about a step up, or about an add-on to the plan that they left."""
    if not purchase.changes_plan:
        return False
    sells_step = any(one.type == "plan_upgrade" and one.state == "open" for one in deal.lines)
    if not sells_step and deal.add_on is None:
        return False
    target, plan = purchase.catalog.plans.get(deal.to_plan), purchase.plan
    if not purchase.is_up or plan is None or target is None:
        return True
    return target.family != plan.family or target.rank <= plan.rank


def _above(one: Plan, other: Plan) -> bool:
    return one.family == other.family and one.rank > other.rank
