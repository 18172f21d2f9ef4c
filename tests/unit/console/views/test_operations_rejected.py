"""Rejected records by reason."""

from typing import Any

from services.console.views import operations_rejected as views

REASON: dict[str, Any] = {
    "service": "ingest",
    "reason": "field: time is missing",
    "open": 2,
    "last": "2026-09-12T00:00:00Z",
}


def shown(operates: bool = True, **more: Any) -> dict[str, Any]:
    row = {"id": "812", "reason": "x" * 300, "state": "open"}
    asked = views.wanted({"state": "all", "service": "nobody", "reason": " field "})
    records = {"data": [row], "next_cursor": "c"}
    return views.view(asked, {"data": [REASON]}, records, more, None, operates=operates)


def test_the_open_ones_are_shown_unless_others_are_asked_for() -> None:
    asked = views.wanted({"state": "x", "service": "ingest"})
    assert asked == {"state": "open", "service": "ingest", "reason": ""}
    assert views.api_query({**asked, "state": "all"})["state"] == ""
    assert "reason" not in views.reasons_query(asked)


def test_a_reason_leads_to_its_records_and_is_counted_before_it_is_sent_again() -> None:
    view = shown()
    (reason,), (row,) = view["reasons"], view["rows"]
    assert "reason=field%3A+time" in reason["href"]
    assert reason["replay"].endswith("&replay=count")
    assert (len(row["brief"]), row["href"]) == (121, "/console/operations/rejected/812")
    assert view["next"] == "/console/operations/rejected?state=all&reason=field&cursor=c"
    assert shown(operates=False)["reasons"][0]["replay"] == ""


def test_numbers_in_the_address_are_numbers() -> None:
    assert shown(replayed="11", refused="x") | {"replayed": 11, "refused": 0} == shown(
        replayed="11", refused="-1"
    )


def test_what_is_away_and_since_when_there_was_none() -> None:
    view = views.view(views.wanted({}), None, None, {}, None, operates=True)
    assert (view["away"], view["reasons_away"], view["is_filtered"]) == (True, True, False)
    assert views.latest({"data": [REASON]}) == REASON["last"]
    assert views.latest(None) == ""
