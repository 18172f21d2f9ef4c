"""The list of deliveries."""

from services.console.views import operations_deliveries as views


def test_a_time_is_in_the_reader_s_zone_and_what_is_none_is_left_to_the_api() -> None:
    assert views.moment("2026-11-01T09:00", "Asia/Tokyo") == "2026-11-01T09:00:00+09:00"
    assert views.moment("2026-11-01T09:00:00+00:00", "Asia/Tokyo").endswith("+00:00")
    assert views.moment(" soon ", "UTC") == "soon"


def test_a_row_is_a_link_and_the_next_page_keeps_the_filters() -> None:
    asked = views.wanted({"state": "dead", "x": "y"})
    found = {"data": [{"id": "a/b"}], "next_cursor": "c"}
    view = views.view(asked, found, {"data": [{"name": "email"}]}, operates=True, recovered="x")
    assert view["rows"][0]["href"] == "/console/operations/deliveries/a%2Fb"
    assert view["next"] == "/console/operations/deliveries?state=dead&cursor=c"
    assert (view["channels"], view["is_filtered"], view["recovered"]) == (["email"], True, "")
    assert views.view(views.wanted({}), None, None, operates=False)["away"]
