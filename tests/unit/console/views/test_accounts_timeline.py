"""What happened, of one kind or all."""

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
