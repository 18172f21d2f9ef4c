"""What else is sold beside a plan that was decided on."""

from datetime import timedelta

from services.trigger.judgement.facts.facts import Sent
from services.trigger.judgement.findings.cross_sell import DAYS, beside, decided, suggestions
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

JP = catalog("jp")
MOVED = account(JP, "standard").moved(NOW, "basic", "standard", "upgrade")


def test_for_thirty_days_after_a_move_up() -> None:
    assert decided(account(JP, "standard").case("schedule")) is None
    found = decided(MOVED.case("schedule"))
    assert found is not None
    assert (found.plan.id, found.at) == ("standard", NOW)
    assert decided(MOVED.at(NOW + DAYS).case("schedule")) is None
    assert decided(MOVED.at(NOW + DAYS - timedelta(seconds=1)).case("schedule")) is not None


def test_what_brings_a_limit_or_is_held_is_not_suggested() -> None:
    case = MOVED.case("schedule")
    sold = beside(case, JP.plans["standard"])
    assert suggestions(case) == sold
    assert [one.add_on.id for one in sold] == ["analytics_tool"]
    held = account(JP, "standard", add_ons={one.add_on.id: 1 for one in sold})
    assert beside(held.case("schedule"), JP.plans["standard"]) == ()


def test_a_yes_may_be_to_what_was_offered_in_person() -> None:
    offer = Sent(NOW - timedelta(days=2), "premium", "renewal")
    asked = account(JP, "standard").having(spoken=(offer,))
    assert suggestions(asked.case("schedule")) == ()
    yes = asked.told("proposal.answered", NOW, contact="c1", answer="accepted")
    assert [one.add_on.id for one in suggestions(yes.case("schedule"))] == ["analytics_tool"]


def test_a_yes_is_about_the_newest_offer() -> None:
    story = account(JP, "basic").sent(NOW - timedelta(days=2))
    yes = story.told("proposal.answered", NOW, contact="c1", answer="accepted")
    # The plan of that offer is in no catalogue any more.
    assert decided(yes.case("schedule")) is None
