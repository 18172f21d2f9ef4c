"""Trials: what a form offers, and how they stand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.console.views import opportunities_trial as views
from services.console.views.deal_entries import Things
from tests.unit.console.views.test_deal_entries import Form, form

NOW = datetime(2026, 12, 1, 16, tzinfo=UTC)
TOKYO = "Asia/Tokyo"


def sent(given: Form) -> Any:
    return views.entry(given, views.meters_of(tuple(given.values)), NOW, TOKYO)


def test_a_trial_is_of_features_and_limits_and_has_criteria() -> None:
    given = form(
        act="trial",
        features=("sso", "audit_log"),
        limits__seats="40",
        limits__storage="",
        days="14",
        criteria__0__feature="",
        criteria__1__feature="sso",
        criteria__1__uses="5",
        criteria__2__text="They like it",
    )
    assert sent(given) == {
        "type": "trial",
        "features": ["sso", "audit_log"],
        "limits": {"seats": "40"},
        "days": 14,
        "criteria": [{"feature": "sso", "uses": 5}, {"text": "They like it"}],
    }


@pytest.mark.parametrize(
    ("day", "starts"),
    [
        ("2026-12-10", {"starts_at": "2026-12-10T00:00:00+09:00"}),
        ("2026-12-02", {}),
        ("soon", {"starts_at": "soon"}),
    ],
)
def test_it_begins_with_a_day_where_the_reader_is(day: str, starts: dict[str, str]) -> None:
    found = sent(form(act="trial", starts_at=day))
    assert found == {"type": "trial", "features": [], "limits": {}, "criteria": [], **starts}


def test_it_is_ended_and_judged() -> None:
    assert sent(form(act="end_trial", trial="t1")) == {"type": "end_trial", "trial": "t1"}
    judged = form(act="criterion", trial="t1", n="2", met="true")
    assert sent(judged) == {"type": "criterion", "trial": "t1", "n": 2, "met": True}
    assert sent(form(act="move")) is None


def test_criteria_are_counted_or_judged_and_newer_trials_stand_first() -> None:
    old: dict[str, Any] = {
        "id": "t1",
        "state": "ended_met",
        "features": ["sso"],
        "limits": {"seats": 40},
        "criteria": [
            {"feature": "sso", "uses": 5, "count": 5, "met": True},
            {"text": "They like it", "count": None, "met": False},
        ],
    }
    trials = [old, {**old, "id": "t2", "state": "active"}]
    things = Things(features=[("sso", "Single sign-on"), ("core", "Core")], plans={"pro": ["core"]})
    view = views.view({"trials": trials, "from_plan": "pro"}, things, {}, ("sso",))
    assert [(one["id"], one["runs"]) for one in view["trials"]] == [("t2", True), ("t1", False)]
    assert [one["is_judged"] for one in view["trials"][1]["criteria"]] == [False, True]
    assert view["trials"][1]["limits"] == [("seats", "seats", 40)]
    assert view["offered"] == [("sso", "Single sign-on")]
