"""The recommendation with what else a person may talk about."""

from services.trigger.process.advice import advised
from tests.support.catalogs import catalog
from tests.support.stories import account

GLOBAL = catalog("global")


def test_while_they_think_of_leaving_the_plan_below_is_there() -> None:
    assert advised(account(GLOBAL, "pro").case("schedule"), "en")["downsell"] is None
    leaving = account(GLOBAL, "pro").told("cancel.intent").case("schedule")
    lower = advised(leaving, "ja")["downsell"]
    assert lower is not None
    assert (lower["plan"], lower["fits"]) == ("starter", True)


def test_nothing_above_has_no_angles() -> None:
    found = advised(account(GLOBAL, "enterprise").case("schedule"), "en")
    assert (found["angles"], found["cross_sell"]) == ([], [])
