"""The gates in their order, and what a block of each of them means."""

import pytest

from services.trigger.judgement.decision import GateAnswer, blocked, passed
from services.trigger.judgement.gates import notice, suppression
from services.trigger.judgement.gates.gate import Gate, Instead, days
from services.trigger.judgement.gates.registry import Gates
from tests.support.stories import NOW


def gates() -> Gates:
    return Gates(notice.DUPLICATE, suppression.LOW_LOYALTY, suppression.NOT_ADOPTED)


def test_a_name_is_taken_once_and_an_order_is_kept() -> None:
    found = gates()
    with pytest.raises(ValueError, match="there is a gate named duplicate"):
        found.add(notice.DUPLICATE)
    found.add(notice.CROSSING, before="low_loyalty")
    assert list(found.names) == ["duplicate", "crossing", "low_loyalty", "not_adopted"]
    assert len(found) == len(list(found)) == 4
    found.remove("crossing")
    assert list(found.names) == ["duplicate", "low_loyalty", "not_adopted"]


def test_what_suppresses_withholds_and_what_has_a_remedy_is_remedied() -> None:
    found = gates()
    assert found.suppressions == {"low_loyalty", "not_adopted"} == found.remedied
    found.add(Gate("later", lambda _: passed("yes"), withholds=True))
    assert found.withholding - found.suppressions == {"later"}
    assert found.ended_by("login.recorded") == {"low_loyalty"}
    assert found.ended_by("invoice.paid") == frozenset()


def test_one_task_for_two_gates() -> None:
    found = gates()
    found.add(Gate("twin", lambda _: passed("yes"), remedy=Instead("training", days(1))))
    answers = [
        GateAnswer(name, blocked("so", clears_when="later"))
        for name in ("low_loyalty", "not_adopted", "twin")
    ]
    assert [(one.task, one.gate) for one in found.remedies(answers, NOW, "UTC")] == [
        ("training", "low_loyalty"),
        ("adoption", "not_adopted"),
    ]
    open_ = [GateAnswer("low_loyalty", passed("yes"))]
    assert found.remedies(open_, NOW, "UTC") == ()
