"""What a person has taken out is not offered again until a fact speaks for it."""

from dataclasses import replace

from services.trigger.judgement.facts.facts import Opportunity
from services.trigger.process.log.append import Appended, reconsidered
from tests.unit.trigger.process.cases import ask, context, deal, story
from tests.unit.trigger.process.log.test_append import move


def test_the_gate_blocks_a_deal_that_a_person_disqualified() -> None:
    told = story(qualified=True)
    taken_out = Opportunity("o1", "enterprise", ("usage_limit",), "cs", "disqualified")
    decision = told.having(opportunities=(taken_out,)).crossing("seats", 5, 80)
    gate = decision.answer("qualification")
    assert (gate.result, gate.reason.partition(":")[0]) == ("block", "disqualified")
    assert not decision.sells
    open_one = replace(taken_out, stage="nurture")
    other = told.having(opportunities=(open_one,)).crossing("seats", 5, 80)
    assert other.answer("qualification").result != "block"


def test_it_holds_until_a_fact_lifts_it() -> None:
    found = ask(deal(), move("disqualified"), context())
    assert isinstance(found, Appended)
    seen = context(qualified=True)
    assert reconsidered(found.state, seen).entries == ()
    lifted = reconsidered(found.state, replace(seen, lifted=True))
    assert [(one.type, one.body["to"]) for one in lifted.entries] == [("move", "qualified")]
