"""The next lower plan while they think of leaving."""

from decimal import Decimal

from services.trigger.judgement.findings import downsell
from services.trigger.judgement.findings.downsell import too_much
from tests.support.catalogs import catalog
from tests.support.stories import account

GLOBAL = catalog("global")
PRO = account(GLOBAL, "pro")


def test_what_would_have_to_shrink() -> None:
    story = PRO.used("storage", 20 * 10**9).used("seats", 5)
    (one,) = too_much(story.case("schedule"), GLOBAL.plans["starter"])
    assert (one.meter, one.used, one.limit) == ("storage", Decimal(20 * 10**9), Decimal(10**10))
    exactly = PRO.used("storage", 10**10)
    assert too_much(exactly.case("schedule"), GLOBAL.plans["starter"]) == ()


def test_only_while_a_cancel_intent_lasts() -> None:
    assert not downsell.leaving(PRO.case("schedule"))
    assert downsell.leaving(PRO.told("cancel.intent").case("schedule"))
