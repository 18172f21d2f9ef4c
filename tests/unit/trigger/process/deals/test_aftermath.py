"""What a closed deal leaves to do, and which tasks it ends; what is sold beside a plan."""

from dataclasses import replace
from typing import Any

import pytest

from services.trigger.judgement.findings import cross_sell
from services.trigger.process.deals import aftermath
from services.trigger.process.log import append
from services.trigger.process.log.entries import (
    SUBSCRIPTION,
    Draft,
    Effect,
    TaskEnded,
    TaskGiven,
    TaskOpened,
)
from services.trigger.process.tasks import beside
from tests.support.catalogs import catalog
from tests.support.stories import account
from tests.unit.trigger.process.cases import context, deal, having


def closing(to: str, **more: object) -> tuple[Effect, ...]:
    """What follows for the deal's own task, and from the purchase."""
    body = {"to": to, "from": "proposal", "role": "cs", **more}
    found = append.written(deal("proposal"), [Draft("move", body)], SUBSCRIPTION, context())
    return tuple(
        one
        for one in found.effects
        if isinstance(one, TaskEnded | TaskOpened) and "handoff" not in one.reason
        if one.reason != "first_contact"
    )


def test_a_deal_that_is_lost_has_nothing_left_to_do() -> None:
    assert closing("closed_lost", reason="price") == (
        TaskEnded("opportunity", "enterprise", "no_success"),
    )


def test_a_deal_that_is_won_has_to_be_put_to_use() -> None:
    ended, opened = closing("closed_won", credit=[])
    assert ended == TaskEnded("opportunity", "enterprise", "success")
    assert isinstance(opened, TaskOpened)
    assert (opened.reason, opened.about, opened.opportunity) == ("implementation", "", "o1")
    assert [one.key for one in opened.words.happened] == ["signal.won"]
    empty = replace(deal("proposal"), lines=())
    *_, unnamed = aftermath.effects(empty, replace(empty, stage="closed_won"), context())
    assert isinstance(unnamed, TaskOpened)
    assert [one.key for one in unnamed.words.happened] == ["signal.won.unnamed"]


def test_only_a_new_line_of_that_type_ends_the_cross_sell() -> None:
    state = deal("proposal")
    line = replace(state.lines[0], id="2", type="cross_sell", item="x")
    more = replace(state, lines=(*state.lines, line))
    assert aftermath.effects(state, more, context()) == (
        TaskEnded("cross_sell", "enterprise", "success"),
    )
    assert aftermath.effects(more, more, context()) == ()
    other = replace(line, type="add_on")
    assert aftermath.effects(state, replace(state, lines=(other,)), context()) == ()


def test_what_is_sold_beside_a_plan_is_a_task_with_a_sentence_for_each() -> None:
    jp = catalog("jp")
    plan = jp.plans["standard"]
    found = cross_sell.beside(account(jp, "standard").case("schedule"), plan)
    asked = beside.asked(plan, found)
    assert (asked.reason, asked.about) == ("cross_sell", "standard")
    assert [one.key for one in asked.words.say] == ["cross_sell.beside"] * len(found)


@pytest.mark.parametrize(
    ("action", "role", "person"), [("accept", "sales", "s1"), ("returned", "cs", "u7")]
)
def test_the_deal_s_own_task_goes_with_a_hand_off_and_no_other_change(
    action: str, role: Any, person: str
) -> None:
    asked = having(deal("qualified", "hybrid"), "handoff", action=action)
    owner = {"role": "hybrid", "id": person, "name": "X"}
    given = having(asked, "owner", person=person, owner=owner, before=None)
    assert aftermath.effects(asked, given, context()) == (
        TaskGiven("opportunity", "enterprise", role, person, "X"),
    )
    again = having(given, "owner", person="m1", owner={**owner, "id": "m1"}, before=None)
    assert aftermath.effects(given, again, context()) == ()
