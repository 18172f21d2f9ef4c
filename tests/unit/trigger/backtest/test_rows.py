"""What counts as the same message, replayed by the hour or sent to the second."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.trigger.backtest.rows import NOTHING, Row, compare, marked

AT = datetime(2026, 11, 22, 15, tzinfo=UTC)
ROW = Row("acct-42", "api_calls", "95", "usage.threshold", AT, "notice")


def test_within_the_hour_it_is_the_same() -> None:
    report = compare([ROW], [replace(ROW, at=AT - timedelta(minutes=59))])
    assert (report.only_would, report.only_sent) == ((), ())


def test_two_hours_away_it_is_another() -> None:
    early = replace(ROW, at=AT - timedelta(hours=2))
    report = compare([ROW], [early])
    assert (report.only_would, report.only_sent) == ((ROW,), (early,))


def test_another_outcome_is_another_message() -> None:
    sold = replace(ROW, outcome="proposal")
    report = compare([ROW], [sold])
    assert (report.only_would, report.only_sent) == ((ROW,), (sold,))


def test_each_row_matches_one_only() -> None:
    report = compare([ROW], [ROW, replace(ROW, at=AT + timedelta(minutes=1))])
    assert len(report.only_sent) == 1


def test_lower_steps_of_the_same_hour_are_not_missing() -> None:
    steps = [
        replace(ROW, threshold=key, at=AT - timedelta(minutes=left))
        for key, left in (("80", 40), ("90", 20))
    ]
    report = compare([replace(ROW, also=("80", "90"))], [*steps, ROW])
    assert (report.only_would, report.only_sent) == ((), ())
    yesterday = replace(steps[0], at=AT - timedelta(days=1))
    assert compare([replace(ROW, also=("80", "90"))], [yesterday, ROW]).only_sent == (yesterday,)


def test_a_difference_that_exists_as_sold_is_not_due_to_the_catalogue() -> None:
    mine, other = replace(ROW, at=AT + timedelta(days=1)), replace(ROW, account="acct-7")
    usual = compare([replace(ROW, at=AT + timedelta(minutes=30))], [])
    report = marked(compare([ROW, mine, other], []), usual, lambda row: "grain", lambda row: None)
    assert [(row.account, row.differs_by) for row in report.only_would] == [
        ("acct-42", "grain"),
        ("acct-7", None),
        ("acct-42", None),
    ]
    rest = marked(compare([], [ROW]), NOTHING, lambda row: "grain", lambda row: "version")
    assert [row.differing()["differs_by"] for row in rest.only_sent] == ["version"]


def test_reports_of_several_accounts_add_up() -> None:
    later, other = replace(ROW, at=AT + timedelta(days=1)), replace(ROW, account="acct-7")
    both = compare([ROW, later], [ROW]) + compare([other], [])
    assert both == compare([ROW, later, other], [ROW])
    assert both.of({"acct-7"}) == compare([other], [])


def test_thresholds_as_the_api_shows_them() -> None:
    absolute = replace(ROW, threshold="at:9000000000")
    shown = [row.json()["threshold"] for row in (ROW, absolute, replace(ROW, threshold=None))]
    assert shown == [95, {"at": 9_000_000_000}, None]
