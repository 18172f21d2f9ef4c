"""Who moves up in their first year."""

from services.trigger.process.reports.first_year import Churns, Starters, report
from tests.unit.trigger.process.reports.asked import question

CHURNS = Churns(8, 2)


def test_the_band_and_those_who_left_for_want_of_a_feature() -> None:
    found = report([Starters("pro", 10, 3), Starters(None, 10, 3)], CHURNS, question(by="plan"))
    assert [(row["key"], row["band"]) for row in found.rows] == [("pro", "in"), ("unknown", "in")]
    assert (found.totals["percent"], found.totals["missing_feature_percent"]) == (30, 25)
    assert found.flags == ()


def test_a_single_digit_is_flagged_from_ten_accounts_on() -> None:
    few = report([Starters(None, 9, 0)], CHURNS, question())
    assert few.flags == ()
    low = report([Starters(None, 10, 0)], CHURNS, question())
    assert [one.flag for one in low.flags] == ["single_digit_upgrade_rate"]
    exactly = report([Starters(None, 10, 1)], CHURNS, question())
    assert exactly.flags == ()
