import pytest

from services.console.login.place import place_of

CASES = {
    "this machine": (("http", "127.0.0.1:8000", None), (False, True, False)),
    "this machine by name": (("http", "localhost:8000", None), (False, True, False)),
    "this machine, IPv6": (("http", "[::1]:8000", None), (False, True, False)),
    "TLS ends at a gateway": (
        ("http", "plimsoll.example", "https://plimsoll.example"),
        (True, True, False),
    ),
    "TLS ends here": (("https", "plimsoll.example", None), (True, True, False)),
    "another name than the public one": (
        ("http", "localhost:8000", "http://127.0.0.1:8000"),
        (False, True, True),
    ),
    "neither TLS nor this machine": (("http", "10.0.0.7:8000", None), (True, False, False)),
    "no host at all": (("http", "", None), (True, False, False)),
    "a host that is none": (("http", "[::1:x", None), (True, False, False)),
}


@pytest.mark.parametrize(("given", "wanted"), CASES.values(), ids=CASES)
def test_cookies_are_secure_but_on_this_machine(
    given: tuple[str, str, str | None], wanted: tuple[bool, bool, bool]
) -> None:
    place = place_of(*given)
    assert (place.secure, place.guarded, place.moved) == wanted
    assert place.session_cookie == ("__Host-plimsoll" if place.secure else "plimsoll")


def test_each_log_in_has_a_cookie_of_its_own() -> None:
    place = place_of("http", "127.0.0.1", None)
    names = {place.attempt_cookie("one"), place.attempt_cookie("two")}
    assert len(names) == 2
    assert all(name.startswith(place.attempt_cookies) for name in names)
    assert place.session_cookie not in names
