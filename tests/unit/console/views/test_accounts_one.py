"""An account on one page."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from services.console.views import accounts_one

USAGE: dict[str, Any] = {
    "meters": [
        {
            "meter": "seats",
            "name": {"en": "seats", "ja": "席"},
            "percent": Decimal("96.9"),
            "thresholds": [{"threshold": 80}, {"threshold": {"at": 4}}],
        },
        {"meter": "calls", "name": {"en": "c", "ja": "c"}, "percent": None, "thresholds": []},
    ]
}


def test_shares_are_floored_and_marks_are_percentages() -> None:
    found = accounts_one.meters(USAGE, "a1", "ja")
    assert found is not None
    first, second = found
    assert (first["label"], first["share"], first["marks"]) == ("席", 96, [80])
    assert first["page"] == "/console/accounts/a1/usage?meter=seats"
    assert second["share"] is None
    assert accounts_one.meters(None, "a1", "en") is None


def test_the_timeline_is_of_all_that_is_there_newest_first() -> None:
    alerts = {"data": [{"reached_at": "2026-12-01T09:00:00Z", "meter": "m", "threshold": 95}]}
    rated = {"data": [{"reached_at": "2026-12-04T00:00:00Z", "meter": "m", "threshold": {"at": 4}}]}
    facts = {"data": [{"time": "2026-12-02T09:00:00+09:00", "type": "nps.responded"}]}
    found = accounts_one.timeline(alerts, None, facts, None)
    assert [(one["kind"], one["what"], one["detail"]) for one in found] == [
        ("fact", "nps.responded", ""),
        ("alert", "m", "95 %"),
    ]
    assert accounts_one.timeline(rated, None, None, None)[0]["detail"] == "4"
    assert accounts_one.timeline(None, None, None, None) == []


def test_a_header_of_an_account_of_which_nothing_is_known() -> None:
    view = accounts_one.header({"id": "a/1"})
    assert (view["loyalty"], view["band_shape"]) == ([], "unknown")
    assert view["timeline_page"] == "/console/accounts/a%2F1/timeline"


def test_nothing_decided_is_not_a_decision() -> None:
    assert accounts_one.newest_decision({"data": []}, "en", "UTC") is None
    assert accounts_one.newest_decision(None, "en", "UTC") is None


def test_what_is_away_is_not_empty() -> None:
    assert accounts_one.tasks(None) is None
    assert accounts_one.opportunities({"data": [{"id": "o1"}]}) == [
        {"id": "o1", "page": "/console/opportunities/o1"}
    ]
    account = {"time_zone": "UTC", "suppressions": [{"gate": "x", "reason": "r", "evidence": {}}]}
    assert accounts_one.suppressions(account, "en")[0]["result"] == "block"


def test_a_quote_is_of_this_account_and_open_until_it_is_accepted_or_expired() -> None:
    now = datetime(2026, 12, 1, 9, tzinfo=UTC)
    made = {"account": "a", "accepted_at": None, "expires_at": "2026-12-02T09:00:00Z"}
    assert accounts_one.quote(None, "a", now) is None
    assert accounts_one.quote(made, "b", now) is None
    assert (accounts_one.quote(made, "a", now) or {})["open"] is True
    late = made | {"expires_at": "2026-12-01T09:00:00Z"}
    done = made | {"accepted_at": "2026-12-01T08:00:00Z"}
    for one in (late, done):
        assert (accounts_one.quote(one, "a", now) or {})["open"] is False


def test_the_next_threshold_is_the_nearest_that_is_not_reached() -> None:
    def meter(name: str, percent: object, *marks: object) -> dict[str, Any]:
        told = [{"threshold": one} for one in marks]
        return {"name": {"en": name}, "percent": percent, "thresholds": told}

    usage = {"meters": [meter("a", 10, 80), meter("b", Decimal("82.5"), 80, 90, {"at": 5})]}
    assert accounts_one.next_threshold(usage, "en") == {"n": 90, "name": "b"}
    assert accounts_one.next_threshold({"meters": [meter("a", None, 80)]}, "en") is None
    assert accounts_one.next_threshold(None, "en") is None


def test_what_is_not_used_yet_says_which_events_would_fill_it() -> None:
    catalog = {"meters": {"a": {"event": "api.request"}, "b": {"event": "seat.changed"}}}
    unused = {"meters": [{"meter": one, "used": 0} for one in ("b", "a", "c")]}
    assert accounts_one.filling(unused, catalog) == ["api.request", "seat.changed"]
    assert accounts_one.filling({"meters": [{"meter": "a", "used": 1}]}, catalog) == []
    assert accounts_one.filling(None, None) == []


def test_money_is_what_they_pay_for_and_what_comes_next() -> None:
    now = {"plan": "pro", "quantity": 5, "interval": "month", "currency": "USD",
           "add_ons": {"sso": 2}, "started_at": "2026-01-01T00:00:00Z"}  # fmt: skip
    account = {
        "subscription": now,
        "next_subscription": {"plan": "max"},
        "renewal_date": None,
        "arr": "30000.00",
    }
    found = {field: value for field, value, _ in accounts_one.money(account)}
    assert found["subscription.add_ons"] == "sso × 2"
    assert found["arr"] == "30000.00"
    assert found["next_subscription.plan"] == "max"
    assert "renewal_date" not in found
    assert accounts_one.money({"subscription": None, "next_subscription": None}) == []


def test_plans_that_can_be_offered_are_of_the_own_family() -> None:
    catalog = {"plans": [{"id": "pro", "family": "global"}, {"id": "max", "family": "global"},
                         {"id": "jp", "family": "jp"}]}  # fmt: skip
    assert accounts_one.plans({"subscription": {"plan": "pro"}}, catalog) == ["pro", "max"]
    assert accounts_one.plans({"subscription": None}, catalog) == ["pro", "max", "jp"]
    assert accounts_one.plans({"subscription": {"plan": "gone"}}, catalog) == ["pro", "max", "jp"]
    assert accounts_one.plans({"subscription": None}, None) == []
