"""A deal as it is shown."""

from services.trigger.process.deals import view
from services.trigger.process.stages import STAGES
from tests.unit.trigger.process.cases import context, deal, having

OPEN = context()


def test_every_other_stage_says_whether_it_may_be_moved_there() -> None:
    moves = {one["to"]: one for one in view.moves(deal("qualified"), OPEN)}
    assert moves.keys() == set(STAGES) - {"qualified"}
    assert (moves["closed_lost"]["allowed"], moves["closed_lost"]["reasons"]) == (True, [])
    assert moves["needs_discovery"]["reasons"][0].startswith("by_itself")
    closed = view.moves(deal("closed_lost"), OPEN)
    assert {one["reasons"][0] for one in closed} == {"closed: it is closed_lost"}


def test_the_parts_that_nobody_needs_are_empty() -> None:
    shown = view.shown(deal(role="self_serve", owner=None), OPEN)
    assert (shown["steps"], shown["discovery"], shown["handoff"]) == ([], [], None)
    assert (shown["amount"]["year"], shown["amount"]["month"]) == ("75000.00", "6250.00")


def test_the_row_waits_while_a_hand_off_is_asked_for() -> None:
    asked = having(deal("qualified", "hybrid"), "handoff", action="request", to="s1")
    assert view.head(asked).handoff_waiting
    assert not view.head(having(asked, "handoff", action="timed_out")).handoff_waiting
