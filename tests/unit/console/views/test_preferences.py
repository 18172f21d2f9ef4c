import pytest

from services.console.views.preferences import Wish, browser_of, view, wish

WHOLE = {
    "whole": "1",
    "language": "ja",
    "time_zone": " Asia/Tokyo ",
    "theme": "dark",
    "start_page": "",
    "keys_on": "on",
}


def test_the_whole_form_says_everything_and_a_box_that_is_not_ticked_too() -> None:
    assert wish(WHOLE) == (Wish("ja", "Asia/Tokyo", "dark", True, ""), [])
    assert wish({name: one for name, one in WHOLE.items() if name != "keys_on"})[0].keys_on is False


def test_a_button_says_one_thing() -> None:
    assert wish({"theme": "light", "to": "/console/today"}) == (Wish(theme="light"), [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("language", "fr"),
        ("time_zone", "Mars/Olympus"),
        ("theme", ""),
        ("start_page", "https://evil.example"),
        ("start_page", "/console/login"),
    ],
)
def test_what_there_is_not_is_trouble(name: str, value: str) -> None:
    assert wish({**WHOLE, name: value})[1] == [name]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge"),
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1 Version/18.0 Safari/605.1", "Safari"),
        ("Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("x" * 200, "x" * 40),
        ("", "–"),
    ],
)
def test_a_browser_is_named(agent: str, name: str) -> None:
    assert browser_of(agent) == name


def test_time_zones_can_be_chosen() -> None:
    zones = view(Wish(), [])["zones"]
    assert zones[0] == ("UTC", "UTC")
    assert ("Asia/Tokyo", "Asia/Tokyo") in zones
