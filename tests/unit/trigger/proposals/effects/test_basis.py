"""A decision with what it was about, and what is said and done because of it."""

from dataclasses import replace

from services.trigger.accounts import Person
from services.trigger.proposals.effects import basis
from tests.support import rulings
from tests.support.catalogs import catalog
from tests.support.stories import account, contact

GLOBAL = catalog("global")
KATO = Person("u7", "Kato", None)
GB = 10**9


def test_an_offer_is_a_message_to_who_may_buy() -> None:
    told = rulings.crossed(account(GLOBAL, "starter"), "storage", 9 * GB, 90)
    assert told.ruling.is_message
    assert not told.ruling.is_unheard
    assert [one.contact for one in basis.readers_of(told.ruling)] == ["c1"]
    assert basis.offered_id(told.ruling) == "pro"


def test_where_nobody_may_buy_one_of_our_people_hears_of_it() -> None:
    nobody = account(GLOBAL, "starter", contacts=(contact("c1", "member"),), csm=KATO)
    told = rulings.crossed(nobody, "storage", 9 * GB, 90)
    assert told.ruling.is_unheard
    assert basis.opportunity_owner(told.ruling) == {"role": "cs", "id": "u7", "name": "Kato"}


def test_its_task_belongs_to_the_deal_that_it_opens() -> None:
    told = rulings.crossed(account(GLOBAL, "starter"), "storage", 9 * GB, 90)
    deal = basis.deal_of(told.ruling)
    assert (deal.reason, deal.about, deal.known) == ("opportunity", "pro", False)
    assert deal.opportunity is not None


def test_a_remedy_is_new_once_while_its_cause_lasts() -> None:
    unhappy = account(GLOBAL, "pro").told("nps.responded", score=2, contact="c1")
    told = rulings.crossed(unhappy, "storage", 95 * GB, 95)
    (remedy,) = basis.new_remedies(told.ruling)
    assert remedy.task == "support_reinforcement"
    loaded = replace(told.ruling.loaded, remedies=frozenset({remedy.task}))
    assert basis.new_remedies(replace(told.ruling, loaded=loaded)) == ()
