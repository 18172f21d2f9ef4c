"""The first three gates never block: the notice goes out."""

from decimal import Decimal

from services.trigger.judgement.gates import notice
from services.trigger.judgement.gates.notice import Reached, notice_gates
from tests.support.catalogs import catalog
from tests.support.stories import account

STARTER = account(catalog("global"), "starter")


def test_what_a_timer_decides_again_is_no_arrival() -> None:
    assert notice.duplicate(STARTER.case("schedule")).result == "skip"
    assert notice.duplicate(STARTER.case("usage.threshold")).result == "pass"


def test_the_threshold_is_named_with_its_figures() -> None:
    case = STARTER.crossing_case("storage", 9 * 10**9, 90)
    found = notice.crossing(case)
    assert found.reason == "storage reached 90"
    assert (found.evidence["percent"], found.evidence["alert"]) == (90, "a1")
    assert notice.notice(case).result == "pass"
    assert notice.crossing(STARTER.case("schedule")).result == "skip"
    assert notice.notice(STARTER.case("schedule")).result == "skip"


def test_without_a_case_the_same_three_are_asked() -> None:
    crossing = STARTER.crossing_case("storage", 9 * 10**9, 90).crossing
    reached = Reached("storage", Decimal(9), Decimal(10), 90, crossing, "told last hour")
    names = [(one.gate, one.answer.result) for one in notice_gates(reached)]
    assert names == [("duplicate", "pass"), ("crossing", "pass"), ("notice", "skip")]
    unsold = Reached("exports", Decimal(1), None, None, None, None)
    assert "not in the plan" in notice_gates(unsold)[1].answer.reason
