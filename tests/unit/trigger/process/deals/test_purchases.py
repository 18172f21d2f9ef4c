"""What a change of subscription does to open deals."""

from dataclasses import replace

from services.trigger.accounts import Subscription
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.deals.purchases import Purchase, follows
from tests.support.catalogs import catalog
from tests.support.stories import NOW, day
from tests.unit.trigger.process.cases import deal

GLOBAL = catalog("global")
PRO = Subscription("pro", 1, day("2024-07-01"), quantity=5)


def after(plan: str | None, *deals: Opportunity, before: str = "pro") -> dict[str, str]:
    bought = None if plan is None else replace(PRO, plan=plan)
    purchase = Purchase(replace(PRO, plan=before), bought, GLOBAL, NOW)
    return {
        id: str(draft.body.get("reason") or draft.body["state"])
        for id, drafts in follows(deals, purchase).items()
        for draft in drafts
    }


def test_bought_left_or_gone() -> None:
    assert after("enterprise", deal("proposal")) == {"o1": "won"}
    assert after("starter", deal("proposal")) == {"o1": "superseded"}
    assert after(None, deal("proposal")) == {"o1": "cancelled"}
    assert after("pro", deal("proposal")) == {}


def test_a_jump_over_the_offered_plan_is_won_at_what_was_bought() -> None:
    (line,) = deal("proposal").lines
    offered = replace(
        deal("proposal"), to_plan="pro", lines=(replace(line, item="pro", type="plan_upgrade"),)
    )
    purchase = Purchase(replace(PRO, plan="starter"), replace(PRO, plan="enterprise"), GLOBAL, NOW)
    ((draft,),) = follows([offered], purchase).values()
    assert (draft.body["item"], draft.body["state"]) == ("enterprise", "won")
    assert draft.body["year"] == "102060.00"
