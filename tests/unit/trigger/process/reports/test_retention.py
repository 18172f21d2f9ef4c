"""Whether those who moved up stay as long as others."""

from services.trigger.process.reports.retention import Cohort, report
from tests.unit.trigger.process.reports.asked import question


def test_a_worse_fit_is_flagged_from_ten_of_each_on() -> None:
    found = report(Cohort(10, 7), Cohort(10, 8), question())
    assert [row["percent"] for row in found.rows] == [70, 80]
    assert [one.flag for one in found.flags] == ["upselling_poor_fit"]
    assert report(Cohort(9, 0), Cohort(10, 8), question()).flags == ()
    assert report(Cohort(10, 8), Cohort(10, 8), question()).flags == ()


def test_nobody_yet() -> None:
    rows = report(Cohort(0, 0), Cohort(0, 0), question()).rows
    assert [row["percent"] for row in rows] == [None, None]
