"""Offers: they join the notice, or are sent separately."""

from services.trigger.proposals.effects import basis, offers
from shared.messages import Tell
from tests.support import rulings
from tests.support.catalogs import catalog
from tests.support.stories import account

GLOBAL = catalog("global")
GB = 10**9


def test_an_offer_that_joins_is_for_who_may_buy() -> None:
    found = rulings.crossed(account(GLOBAL, "starter"), "storage", 9 * GB, 90).ruling
    assert found.notice is not None
    told = offers.with_proposal(found, found.notice, {"c1"})
    assert told.proposes == "pro"
    assert {one.contact for one in told.recipients if one.proposes} == {"c1"}
    assert told.facts.proposal is not None


def test_a_notice_that_nobody_is_offered_anything_with_has_only_the_lines() -> None:
    found = rulings.crossed(account(GLOBAL, "starter"), "storage", 9 * GB, 90).ruling
    assert found.notice is not None
    told = offers.with_proposal(found, found.notice, set())
    assert (told.proposes, told.facts.proposal) == (None, None)
    assert told.facts.task == found.lines


def test_a_separate_offer_names_its_alert_and_its_readers() -> None:
    found = rulings.crossed(account(GLOBAL, "starter"), "storage", 9 * GB, 90).ruling
    told: Tell = offers.separate_proposal(found, basis.readers_of(found))
    assert (told.kind, told.proposes, told.webhook) == ("upgrade.proposal", "pro", True)
    assert [one.contact for one in told.recipients] == ["c1"]
    assert found.notice is not None
    assert told.alert == found.notice.alert
