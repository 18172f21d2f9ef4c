"""What happened, of one kind or all."""

from datetime import UTC, datetime

from services.console.views import accounts_timeline as views


def test_kinds_are_filtered_by_the_address() -> None:
    assert views.wanted({"kind": "fact"}) == {"kind": "fact"}
    assert views.wanted({"kind": "gossip"}) == {}


def test_what_is_away_is_said_and_the_rest_shown() -> None:
    facts = {"data": [{"time": "2026-12-01T09:00:00Z", "type": "nps.responded"}]}
    view = views.view({"id": "a/1"}, views.wanted({}), {"fact": facts, "alert": None})
    assert [one["what"] for one in view["rows"]] == ["nps.responded"]
    assert view["away"] == ["alert"]
    assert view["page"] == "/console/accounts/a%2F1/timeline"


def test_talks_of_opportunities_are_in_the_same_order() -> None:
    call = {"at": "2026-12-03T09:00:00Z", "body": {"kind": "call", "title": "Price"}}
    reply = {"at": "2026-12-02T09:00:00Z", "body": {"channel": "call", "objection": "e1"}}
    others = [{"at": "2026-12-02T09:00:00Z", "body": {"kind": "demo", "title": "Demo"}}]
    view = views.view({"id": "a"}, views.wanted({}), {"call": {"o/1": [call, reply, *others]}})
    assert [(one["kind"], one["what"], one["detail"]) for one in view["rows"]] == [
        ("call", "call", "Price"),
        ("call", "call", ""),
    ]
    assert view["rows"][0]["page"] == "/console/opportunities/o%2F1"
    assert views.wanted({"kind": "call"}) == {"kind": "call"}


def test_changes_of_plan_are_in_the_same_order() -> None:
    facts = {"data": [{"time": "2026-12-01T09:00:00Z", "type": "nps.responded"}]}
    plans = {"plan_changes": [{"at": "2026-12-02T09:00:00Z", "from": "starter", "to": "pro"}]}
    view = views.view({"id": "a"}, views.wanted({}), {"fact": facts, "plan": plans})
    assert [one["kind"] for one in view["rows"]] == ["plan", "fact"]
    assert (view["rows"][0]["from"], view["rows"][0]["to"]) == ("starter", "pro")
    now = datetime(2026, 12, 1, tzinfo=UTC)
    assert views.plan_query({"meters": [{"meter": "m"}]}, now) == {
        "step": "day",
        "from": "2024-12-01",
        "meter": "m",
    }
    assert views.plan_query({"meters": []}, now) == {}
