"""Backtests are counted while they run."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.trigger.backtest import tally
from services.trigger.backtest.rows import Report, Row
from services.trigger.backtest.tally import Tally, read_tally
from shared.values.quantities import dumps

AT = datetime(2026, 11, 22, 15, tzinfo=UTC)
ROW = Row("one", "api_calls", "95", "usage.threshold", AT, "notice")
OTHER = replace(ROW, account="two", threshold="at:9000000000")
OFFER = Row("two", None, None, "upgrade.proposal", AT, "proposal")
REPORT = Report((ROW, OTHER), (ROW, OFFER), (OTHER,), (replace(OFFER, differs_by="grain"),))
PLANS = {"one": "starter", "two": None}


def test_every_message_counts_under_plan_and_threshold() -> None:
    found = Tally()
    found.add(40, REPORT, PLANS)
    found.add(2, Report((ROW,), (), (ROW,), ()), PLANS)
    assert found.totals == {
        "accounts": 42,
        "differing": 2,
        "would": 3,
        "sent": 2,
        "only_would": 2,
        "only_sent": 1,
    }
    same = {"kind": "usage.threshold", "meter": "api_calls"}
    assert found.by_threshold() == [
        {
            **{"plan": None, "meter": None, "threshold": None, "kind": "upgrade.proposal"},
            **{"would": 0, "sent": 1, "only_would": 0, "only_sent": 1},
        },
        {
            **same,
            **{"plan": None, "threshold": {"at": 9000000000}},
            **{"would": 1, "sent": 0, "only_would": 1, "only_sent": 0},
        },
        {
            **same,
            **{"plan": "starter", "threshold": 95},
            **{"would": 2, "sent": 1, "only_would": 1, "only_sent": 0},
        },
    ]


def test_it_is_the_same_after_it_was_stored() -> None:
    found = Tally()
    found.add(3, REPORT, PLANS)
    assert read_tally(json.loads(dumps(found.stored()))) == found
    assert read_tally(None) == Tally()


def test_what_is_beyond_the_most_thresholds_counts_in_the_totals() -> None:
    rows = tuple(replace(ROW, threshold=f"at:{n + 1}") for n in range(tally.MOST_KEYS + 5))
    found = Tally()
    found.add(1, Report(rows, (), (), ()), PLANS)
    assert len(found.by_threshold()) == tally.MOST_KEYS
    assert found.totals["would"] == tally.MOST_KEYS + 5


def test_lines_are_each_message_once_and_differences_first() -> None:
    twice = Report((ROW, ROW, OTHER), (ROW,), (replace(ROW, differs_by="version"), OTHER), ())
    assert [(line.part, line.only, line.row.differs_by) for line in twice.lines()] == [
        ("would", True, "version"),
        ("would", True, None),
        ("would", False, None),
        ("sent", False, None),
    ]
    assert [line.row.account for line in twice.lines()] == ["one", "two", "one", "one"]
    later = replace(ROW, at=AT + timedelta(hours=3))
    assert [line.only for line in Report((ROW, later), (), (later,), ()).lines()] == [True, False]
