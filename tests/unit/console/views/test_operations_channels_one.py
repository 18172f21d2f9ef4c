"""One channel and its settings."""

from typing import Any

import pytest

from services.console.login.forms.fields import Fields
from services.console.views import operations_channels_one as views
from services.console.views.operations_channels_one import Filled

CRM: dict[str, Any] = {
    "name": "hubspot",
    "state": "on",
    "url": "https://api.hubapi.com",
    "token": "***",
    "version": "2026-03",
}


def form(**told: str) -> Fields:
    return Fields({name: (value,) for name, value in told.items()})


def test_each_kind_has_its_fields_and_what_is_empty_has_its_default() -> None:
    told = form(url=" https://x ", token="t", version="", rotate="on", other="x")
    assert views.body("hubspot", told) == {"url": "https://x", "token": "t", "rotate": True}
    assert views.body("webhook", form(url="https://x", token="t")) == {"url": "https://x"}
    assert views.body("email", form(**{"url": "smtp://x", "from": "a@b"})) == {
        "url": "smtp://x",
        "from": "a@b",
    }


def test_a_form_is_filled_with_the_settings_as_they_are_shown() -> None:
    was = views.settings(CRM)
    assert was == {"url": "https://api.hubapi.com", "token": "***", "version": "2026-03"}
    shown = views.view(CRM, {"data": [{"delivered_at": "x"}]}, Filled(was, "r1"), operates=True)
    assert views.before(shown["before"]) == was
    assert (shown["filled"]["token"], shown["last_success"]) == ("***", "x")
    typed = views.view(CRM, None, Filled(was, "r1", {"url": "ftp://x"}), operates=True)
    assert (typed["filled"]["url"], typed["last_success"]) == ("ftp://x", None)


@pytest.mark.parametrize("told", ["", "[]", "{"])
def test_what_it_was_filled_with_may_be_missing(told: str) -> None:
    assert views.before(told) == {}


def test_what_both_changed_is_asked_and_secrets_are_not_shown_beside_each_other() -> None:
    was = views.settings(CRM)
    yours = was | {"url": "https://a", "token": "mine", "version": "2026-09"}
    found = CRM | {"url": "https://b"}
    filled = views.stale(was, yours, found, "r2")
    assert filled.typed == {"url": "https://a", "token": "mine", "version": "2026-09"}
    assert [one.name for one in filled.conflicts] == ["url"]
    both = views.stale({}, yours, found, "r2").conflicts
    assert {one.name: one.yours for one in both}["token"] == "***"


def test_what_only_one_side_changed_is_sent_merged() -> None:
    was = views.settings(CRM)
    body = {"url": "https://a", "token": "***", "rotate": True}
    filled = views.stale(was, was | {"url": "https://a"}, CRM | {"version": "2026-09"}, "r2")
    assert filled.conflicts == []
    assert views.merged(body, filled) == {
        "url": "https://a",
        "token": "***",
        "version": "2026-09",
        "rotate": True,
    }
