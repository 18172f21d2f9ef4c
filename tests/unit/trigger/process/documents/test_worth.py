"""Which figures a document takes."""

from dataclasses import replace
from decimal import Decimal

from services.trigger.process.documents.subject import Subject
from services.trigger.process.documents.worth import worth
from tests.unit.trigger.process.cases import deal, having
from tests.unit.trigger.process.documents.papers import STATED, known, seen, valued


def test_the_deals_newest_version_else_what_the_account_has_stated() -> None:
    told = known().told("value.stated", **{**STATED, "hours": "4"})
    of = seen(told)
    before = worth(Subject(deal(), of))
    assert before is not None
    assert [before.version, before.stated.hours, before.benefit] == [None, 4, 52_000]
    state = valued(valued(deal(), of), of, hours="8")
    after = worth(Subject(state, of))
    assert after is not None
    assert [after.version, after.stated.hours, after.benefit] == [2, 8, 104_000]
    assert worth(Subject(deal(), seen())) is None


def test_figures_of_another_step_are_not_those_of_this_one() -> None:
    of = seen(known().told("value.stated", **STATED))
    found = worth(Subject(replace(deal(), to_plan="pro"), of))
    assert found is not None
    assert found.shown is None
    assert not found.is_clear(Decimal("1.5"))


def test_figures_without_a_price_are_kept_and_no_sum_is_made() -> None:
    of = seen()
    entry = having(deal(), "value", **STATED, version=1, value=None)
    found = worth(Subject(entry, of))
    assert found is not None
    assert (found.shown, found.lines, found.version) == (None, (), 1)
