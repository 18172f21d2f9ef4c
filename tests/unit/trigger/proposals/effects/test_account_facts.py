"""What every message says of its account."""

from services.trigger.proposals.effects import account_facts
from tests.support import rulings
from tests.support.catalogs import catalog
from tests.support.stories import account

GLOBAL = catalog("global")
GB = 10**9


def test_it_names_the_plan_and_leads_to_the_next_one() -> None:
    loaded = rulings.crossed(account(GLOBAL, "starter"), "storage", 9 * GB, 90).ruling.loaded
    found = account_facts.base_facts(loaded)
    assert found.plan is not None
    assert found.plan.id == "starter"
    assert found.links.upgrade == account_facts.link(loaded, "upgrade", "pro")


def test_a_link_that_the_catalogue_does_not_have_is_none() -> None:
    loaded = rulings.crossed(account(GLOBAL, "starter"), "storage", 9 * GB, 90).ruling.loaded
    assert account_facts.link(loaded, "nowhere", "pro") is None
