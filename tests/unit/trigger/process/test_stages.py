"""The stages of a deal, and what closes it."""

from dataclasses import replace
from decimal import Decimal

from services.trigger.process.lines import credit_json
from services.trigger.process.log.entries import Refused
from services.trigger.process.stages import (
    STAGES,
    accepted_handoff,
    closing,
    default_credit,
    is_bought,
    refusals,
    responsible,
    verdict_stage,
)
from tests.unit.trigger.process.cases import ask, context, deal, having

OPEN = context()


def test_a_verdict_is_a_stage_and_no_verdict_the_first() -> None:
    stages = [verdict_stage(one) for one in (None, "not_yet", "nurture", "qualified")]
    assert stages == ["identified", "identified", "nurture", "qualified"]
    assert set(stages) <= set(STAGES)


def test_a_hand_off_that_was_returned_is_none() -> None:
    accepted = having(deal("qualified", "hybrid"), "handoff", action="accept", to="s1")
    assert accepted_handoff(accepted) is not None
    returned = having(accepted, "handoff", action="returned", to="s1")
    assert accepted_handoff(returned) is None


def test_r_178_credit_of_two_where_it_was_handed_on() -> None:
    shared = having(deal("proposal", "hybrid"), "handoff", action="accept", to="s1")
    shares = {one.person: one.pct for one in default_credit(shared, OPEN)}
    assert shares == {"u7": Decimal(50), "s1": Decimal(50)}
    assert [one.person for one in default_credit(deal(), OPEN)] == ["u7"]
    assert default_credit(deal(role="self_serve", owner=None), OPEN) == ()
    assert default_credit(deal(owner=None), OPEN) == ()


def test_what_ends_a_deal_is_kept() -> None:
    lost = closing(deal(), OPEN, "closed_lost", "price", "Too dear.")
    assert (lost["role"], lost["reason"], lost["text"]) == ("cs", "price", "Too dear.")
    won = closing(deal("proposal"), OPEN, "closed_won")
    assert won["credit"] == [{"person": "u7", "pct": "100"}]


def test_a_downsell_has_fewer_stages() -> None:
    down = having(
        deal(), "reason", decision="d", reasons=["cancel_intent"], scenarios=[], deal_value="0.00"
    )
    for stage in ("qualified", "proposal", "negotiation"):
        assert [one.partition(":")[0] for one in refusals(down, stage, OPEN)] == ["not_next"]
    assert responsible("engaged", "cs") == "cs"


def test_a_plan_further_on_shows_that_it_was_bought() -> None:
    (line,) = deal("proposal").lines
    on_pro = replace(deal("proposal"), lines=(replace(line, item="starter"),))
    assert is_bought(on_pro, OPEN)
    assert not is_bought(deal("proposal"), OPEN)
    lower = replace(line, type="downsell", item="enterprise")
    assert is_bought(replace(on_pro, lines=(lower,)), OPEN)
    assert not is_bought(replace(on_pro, lines=(replace(lower, item="starter"),)), OPEN)


def test_r_174_cs_finds_sales_close_and_cs_puts_it_to_use() -> None:
    turns = [responsible(stage, "hybrid") for stage in STAGES[:8]]
    assert turns == ["cs"] * 5 + ["sales"] * 2 + ["cs"]
    shared = deal("proposal", "hybrid")
    assert [one.partition(":")[0] for one in refusals(shared, "negotiation", OPEN)] == [
        "handoff_not_accepted"
    ]
    accepted = having(shared, "handoff", action="accept", to="s1")
    assert list(refusals(accepted, "negotiation", OPEN)) == []


def test_r_178_75000_are_37500_each_and_60_and_50_are_no_split() -> None:
    shared = having(deal("proposal", "hybrid"), "handoff", action="accept", to="s1")
    parts = credit_json(default_credit(shared, OPEN), Decimal(75_000), "USD")
    assert [one["year"] for one in parts] == ["37500.00", "37500.00"]
    split = {"type": "split", "credit": [{"person": id, "pct": pct} for id, pct in _UNEVEN]}
    found = ask(shared, split, OPEN)
    assert isinstance(found, Refused)
    assert (found.status, found.faults[0].path) == (422, "/credit")


_UNEVEN = (("u7", 60), ("s1", 50))
