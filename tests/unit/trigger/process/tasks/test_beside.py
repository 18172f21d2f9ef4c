"""The task of what may be sold beside a plan."""

from services.trigger.judgement.findings.cross_sell import beside
from services.trigger.process.tasks.beside import CROSS_SELL, asked
from tests.support.catalogs import catalog
from tests.support.stories import account

JP = catalog("jp")


def test_a_sentence_for_each() -> None:
    plan = JP.plans["premium"]
    found = beside(account(JP, "premium").case("schedule"), plan)
    task = asked(plan, found)
    assert (task.reason, task.about) == (CROSS_SELL, "premium")
    assert [one.key for one in task.words.say] == ["cross_sell.beside"]
    assert asked(plan, ()).words.say == ()
