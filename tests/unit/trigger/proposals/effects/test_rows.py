"""What a decision stores, and its account afterwards."""

from services.trigger.accounts import Person
from services.trigger.proposals.changes import Changes
from services.trigger.proposals.effects import rows
from tests.support import rulings
from tests.support.catalogs import catalog
from tests.support.stories import account, contact

GLOBAL = catalog("global")
KATO = Person("u7", "Kato", None)
GB = 10**9


def stored(told: rulings.Told) -> Changes:
    into = Changes()
    rows.changes(told.ruling, into)
    return into


def test_a_proposal_has_a_row_and_opens_a_deal() -> None:
    told = rulings.crossed(account(GLOBAL, "starter"), "storage", 9 * GB, 90)
    into = stored(told)
    (sent,), (deal,) = into.proposals, into.opportunities
    assert (sent.channel, sent.plan, sent.contacts) == ("message", "pro", ("c1",))
    assert (deal.to_plan, deal.stage, deal.reasons) == ("pro", "proposal", ("usage_limit",))


def test_what_a_person_proposes_is_theirs() -> None:
    told = rulings.crossed(account(GLOBAL, "pro", csm=KATO), "storage", 95 * GB, 95)
    into = stored(told)
    assert into.proposals[0].channel == "person"
    assert into.opportunities[0].owner["id"] == "u7"


def test_where_nobody_may_buy_one_of_our_people_proposes() -> None:
    nobody = account(GLOBAL, "starter", contacts=(contact("c1", "member"),), csm=KATO)
    told = rulings.crossed(nobody, "storage", 9 * GB, 90)
    assert stored(told).proposals[0].channel == "person"


def test_the_next_decision_of_the_transaction_knows_this_one() -> None:
    told = rulings.crossed(account(GLOBAL, "starter"), "storage", 9 * GB, 90)
    after = rows.after(told.ruling)
    assert [one.plan for one in after.facts.opportunities] == ["pro"]
    assert [one.plan for one in after.facts.sent] == ["pro"]
    assert not after.pending
