"""What follows from a decision: messages, and rows to store."""

from dataclasses import replace

from services.trigger.accounts import Person
from services.trigger.proposals import effects
from services.trigger.proposals.changes import Changes
from shared.messages import Tell
from tests.support import rulings
from tests.support.catalogs import catalog
from tests.support.stories import account, contact

GLOBAL = catalog("global")
KATO = Person("u7", "Kato", None)
GB = 10**9


def rows(told: rulings.Told) -> Changes:
    into = Changes()
    effects.changes(told.ruling, into)
    return into


def test_a_proposal_has_a_row_and_opens_a_deal() -> None:
    told = rulings.crossed(account(GLOBAL, "starter"), "storage", 9 * GB, 90)
    into = rows(told)
    (sent,), (deal,) = into.proposals, into.opportunities
    assert (sent.channel, sent.plan, sent.contacts) == ("message", "pro", ("c1",))
    assert (deal.to_plan, deal.stage, deal.reasons) == ("pro", "proposal", ("usage_limit",))
    assert told.ruling.is_message


def test_a_person_acts_and_has_the_lines() -> None:
    told = rulings.crossed(account(GLOBAL, "pro", csm=KATO), "storage", 95 * GB, 95)
    into = rows(told)
    assert into.proposals[0].channel == "person"
    assert into.opportunities[0].owner["id"] == "u7"
    (notice,) = [one for one in told.messages if isinstance(one, Tell)]
    assert notice.task is not None
    assert notice.facts.task is not None


def test_where_nobody_may_buy_one_of_our_people_hears_of_it() -> None:
    nobody = account(GLOBAL, "starter", contacts=(contact("c1", "member"),), csm=KATO)
    told = rulings.crossed(nobody, "storage", 9 * GB, 90)
    assert told.ruling.is_unheard
    assert rows(told).proposals[0].channel == "person"


def test_a_remedy_is_one_task_while_its_cause_lasts() -> None:
    unhappy = account(GLOBAL, "pro").told("nps.responded", score=2, contact="c1")
    told = rulings.crossed(unhappy, "storage", 95 * GB, 95)
    (remedy,) = effects.new_remedies(told.ruling)
    assert remedy.task == "support_reinforcement"
    loaded = replace(told.ruling.loaded, remedies=frozenset({remedy.task}))
    again = replace(told.ruling, loaded=loaded)
    assert effects.new_remedies(again) == ()


def test_the_next_decision_of_the_transaction_knows_this_one() -> None:
    told = rulings.crossed(account(GLOBAL, "starter"), "storage", 9 * GB, 90)
    after = effects.after(told.ruling)
    assert [one.plan for one in after.facts.opportunities] == ["pro"]
    assert [one.plan for one in after.facts.sent] == ["pro"]
    assert not after.pending
