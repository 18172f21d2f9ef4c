"""Channels and their settings."""

from services.console.views import operations_channels as views


def test_settings_are_those_that_there_are_and_the_last_success_is_the_newest_delivery() -> None:
    found = {"data": [{"name": "webhook", "url": "https://x", "secret": "***"}, {"name": "email"}]}
    arrived = {"data": [{"delivered_at": "2026-11-14T23:00:00Z"}]}
    view = views.view(found, {"webhook": arrived, "email": {"data": []}})
    webhook, email = view["rows"]
    assert webhook["settings"] == [("url", "https://x"), ("secret", "***")]
    assert webhook["last_success"] == "2026-11-14T23:00:00Z"
    assert webhook["deliveries"] == "/console/operations/deliveries?channel=webhook"
    assert (email["settings"], email["last_success"]) == ([], None)
    assert views.view(None, {})["away"]
